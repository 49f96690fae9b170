"""Vouchers are issued once for whatever they are for."""

import asyncio
from typing import Any

from kit.models import uuid7
from loyalty.voucher_types.commands.types import activate_type, draft_type
from loyalty.voucher_types.queries import figures, types_by_code
from loyalty.vouchers.codes import ALPHABET, as_unique, is_unique, new_codes, plain, shown
from loyalty.vouchers.commands import NewVoucher, issue_vouchers

TERMS: dict[str, Any] = {
    "name": "Ten off",
    "unit": "hq.zj",
    "coding": "unique",
    "single_code": None,
    "discount": "fixed",
    "currency": "CNY",
    "amount_minor": 1_000,
    "stack_group": "tens",
    "lowest_tier": None,
}


async def a_type(members: Any, code: str = "ten", **terms: Any) -> str:
    async with members.harness.db.transaction() as session:
        await draft_type(session, TERMS | {"code": code} | terms, "hq", "ada")
        await activate_type(session, code, "hq", "bob")
    return code


async def issue(members: Any, *wanted: NewVoucher) -> list[Any]:
    async with members.harness.db.transaction() as session:
        return await issue_vouchers(session, wanted)


async def counted(members: Any, code: str) -> Any:
    async with members.harness.db.reading() as session:
        found = (await types_by_code(session, [code]))[code]
        return (await figures(session, [found.id])).get(found.id)


def test_any_wrong_symbol_and_any_two_that_changed_places_are_found_out() -> None:
    (code,) = new_codes(1)
    wrong = [
        code[:place] + symbol + code[place + 1 :]
        for place in range(len(code))
        for symbol in ALPHABET
        if symbol != code[place]
    ]
    swapped = [
        code[:one] + code[other] + code[one + 1 : other] + code[one] + code[other + 1 :]
        for one in range(len(code))
        for other in range(one + 1, len(code))
        if code[one] != code[other]
    ]

    assert [each for each in wrong + swapped if is_unique(each)] == []


def test_a_code_is_read_as_it_was_meant() -> None:
    codes = new_codes(1_000)

    typed = [shown(each).lower().replace("l", "1").replace("-", " ") for each in codes]

    assert len({*codes}) == 1_000
    assert [as_unique(plain(each)) for each in typed] == codes
    assert as_unique("O" * 12) is None


async def test_a_source_gives_one_voucher_however_often_and_at_once_it_asks(members: Any) -> None:
    customer, code = await members.register(), await a_type(members)
    wanted = [NewVoucher(code, customer, "test", uuid7()) for _ in range(3)]

    answers = await asyncio.gather(*(issue(members, *each) for each in (wanted, wanted[::-1]) * 3))

    codes = {each.source_id: each.code for each in answers[0]}
    assert len({*codes.values()}) == 3
    assert all(is_unique(each or "") for each in codes.values())
    assert all({each.source_id: each.code for each in one} == codes for one in answers)
    told = await members.announced("voucher.issued")
    assert sorted(each["source_id"] for each in told) == sorted(str(each) for each in codes)
    assert (await counted(members, code)).issued == 3


async def test_what_is_not_to_be_issued_says_why_and_issues_nothing(members: Any) -> None:
    customer = await members.register()
    await a_type(members, "public", coding="single", single_code="SUMMER10")
    await a_type(members, "pool", pooled=True)
    async with members.harness.db.transaction() as session:
        await draft_type(session, TERMS | {"code": "draft"}, "hq", "ada")
    asked = ["public", "pool", "draft", "nothing"]

    answers = await issue(members, *(NewVoucher(each, customer, "test", uuid7()) for each in asked))

    assert [each.refused for each in answers] == ["single_code", "used_up", "not_live", "unknown"]
    assert [each.code for each in answers] == [None] * 4
    assert await members.announced("voucher.issued") == []
