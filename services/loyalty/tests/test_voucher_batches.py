"""Unique codes are made by the hundred thousand, each once, and go on after a kill."""

import asyncio
import csv
from collections import Counter
from typing import Any

from kit.models import uuid7
from kit.testing.harness import Harness
from loyalty.voucher_batches.commands.making import CHUNK, make_vouchers
from loyalty.voucher_batches.commands.withdrawing import withdraw_batches
from loyalty.vouchers.codes import is_unique
from loyalty.vouchers.commands import NewVoucher, issue_vouchers

MAKE = """mutation ($type: String!, $size: Int!, $key: String!) {
  answer: makeVouchers(voucherTypeCode: $type, size: $size, idempotencyKey: $key) { __typename
  ... on VoucherBatchWasBegun { batch { id size made state pooled } }
  ... on Refusal { message } } }"""
WITHDRAW = """mutation ($id: UUID!, $reason: String! = "") {
  answer: withdrawVoucherBatch(id: $id, reason: $reason) { __typename
  ... on VoucherBatchWasWithdrawn { batch { state withdrawn withdrawnBy withdrawnBecause } }
  ... on Refusal { message } } }"""
BATCHES = """{ voucherBatches { edges { node { id size made state voucherType { code } } } } }"""


class Killed(Exception):
    """The process dies before it commits."""


async def begin(vouchers: Any, size: int, type_code: str = "ten", **more: Any) -> Any:
    asked = {"type": type_code, "size": size, "key": str(uuid7())}
    return await vouchers.ask(MAKE, **asked | more)


async def make_all(harness: Harness, act: Any = make_vouchers) -> None:
    async def go_on() -> bool:
        async with harness.db.transaction() as session:
            return await act(session) is not None

    while await go_on():
        pass


async def download(harness: Harness, batch: str, as_: str) -> Any:
    return await harness.get(f"/v1/voucher-batches/{batch}/codes.csv", as_=as_)


async def test_a_batch_is_made_in_chunks_and_goes_on_where_it_was_killed(
    members: Any, vouchers: Any
) -> None:
    harness = members.harness
    await vouchers.a_type(validUntil="2099-01-01T00:00:00Z")
    batch = (await begin(vouchers, CHUNK + 1))["batch"]
    await harness.turn(make_vouchers)
    early = await download(harness, batch["id"], members.operator)
    try:
        async with harness.db.transaction() as session:
            await make_vouchers(session)
            raise Killed
    except Killed:
        pass
    (seen,) = (await harness.graph(BATCHES, as_=members.operator))["voucherBatches"]["edges"]
    await make_all(harness)

    file = await download(harness, batch["id"], members.operator)

    assert (early.status_code, early.json()["title"]) == (409, "Conflict")
    assert (seen["node"]["made"], seen["node"]["state"]) == (CHUNK, "MAKING")
    rows = list(csv.DictReader(file.text.splitlines()))
    codes = {each["code"].replace("-", "") for each in rows}
    assert (len(rows), len(codes), all(map(is_unique, codes))) == (CHUNK + 1, CHUNK + 1, True)
    assert {(e["state"], e["issued"], e["expires_at"]) for e in rows} == {
        ("open", "no", "2099-01-01T00:00:00+00:00")
    }
    figures = await vouchers.figures()
    assert (figures["made"], figures["issued"], figures["outstanding"]) == (CHUNK + 1, 0, CHUNK + 1)
    customer = await members.register()
    assert (await vouchers.redeem(customer, rows[0]["code"]))["redemption"]["total"] == {
        "minor": 9_000
    }
    assert (await vouchers.figures())["outstanding"] == CHUNK


async def test_the_same_key_makes_one_batch(members: Any, vouchers: Any) -> None:
    await vouchers.a_type()

    answers = await asyncio.gather(*(begin(vouchers, 10, key="k") for _ in range(4)))
    other = await begin(vouchers, 11, key="k")

    assert len({each["batch"]["id"] for each in answers}) == 1
    assert other["__typename"] == "IdempotencyKeyReused"


async def test_a_pool_is_issued_from_until_it_is_used_up_each_code_to_one(
    members: Any, vouchers: Any
) -> None:
    harness = members.harness
    customers = [await members.register() for _ in range(6)]
    await vouchers.a_type(pooled=True, daysValid=30)
    batch = (await begin(vouchers, 4))["batch"]["id"]
    await make_all(harness)
    free = list(csv.DictReader((await download(harness, batch, members.operator)).text.split("\n")))
    unissued = await vouchers.quote(customers[0], free[0]["code"])
    wanted = [NewVoucher("ten", each, "test", uuid7()) for each in customers]

    async def issue(*some: NewVoucher) -> Any:
        async with harness.db.transaction() as session:
            return await issue_vouchers(session, some)

    answers = await asyncio.gather(*(issue(each) for each in wanted * 2))

    outcomes = {each.source_id: (each.code, each.refused) for (each,) in answers}
    codes = [code for code, _ in outcomes.values() if code]
    assert len(codes) == len({*codes}) == 4
    assert Counter(refused for _, refused in outcomes.values()) == {None: 4, "used_up": 2}
    assert {code.replace("-", "") for code in (e["code"] for e in free)} == {*codes}
    assert [each["reason"] for each in unissued["refused"]] == ["UNKNOWN"]
    assert len(await members.announced("voucher.issued")) == 4
    figures = await vouchers.figures()
    assert (figures["made"], figures["issued"], figures["outstanding"]) == (4, 4, 4)


async def test_of_a_withdrawn_batch_nothing_is_good_but_what_was_used(
    members: Any, vouchers: Any
) -> None:
    harness, customer = members.harness, await members.register()
    await vouchers.a_type()
    batch = (await begin(vouchers, 5))["batch"]["id"]
    early = await vouchers.ask(WITHDRAW, id=batch)
    await make_all(harness)
    file = (await download(harness, batch, members.operator)).text
    used, kept, freed, *others = [each["code"] for each in csv.DictReader(file.splitlines())]
    await vouchers.redeem(customer, used)
    held = [(await vouchers.reserve(customer, each))["redemption"]["id"] for each in (kept, freed)]

    for _ in range(2):
        begun = await vouchers.ask(WITHDRAW, id=batch, reason="a leak")
        await make_all(harness, withdraw_batches)
    await vouchers.release(held[1])

    assert early["__typename"] == "Conflict"
    assert begun["batch"] == {
        "state": "WITHDRAWN",
        "withdrawn": 2,
        "withdrawnBy": "somebody",
        "withdrawnBecause": "a leak",
    }
    for code in (freed, *others):
        refused = (await vouchers.quote(customer, code))["refused"]
        assert [each["reason"] for each in refused] == ["WITHDRAWN"]
    assert (await vouchers.figures())["outstanding"] == 1
    redeemed = await vouchers.redeem_reserved(held[0], uuid7())
    assert redeemed["__typename"] == "VouchersWereRedeemed"
    assert (await vouchers.figures())["outstanding"] == 0


async def test_codes_are_made_of_live_types_with_codes_of_their_own_and_downloaded_by_operators(
    members: Any, vouchers: Any
) -> None:
    token, harness = members.harness.token, members.harness
    await vouchers.a_type("public", coding="SINGLE", singleCode="SUMMER10")
    await vouchers.draft("draft")
    await vouchers.a_type()
    batch = (await begin(vouchers, 1))["batch"]["id"]
    await make_all(harness)

    refused = [
        (await begin(vouchers, size, code))["__typename"]
        for code, size in (
            ("public", 1),
            ("draft", 1),
            ("nothing", 1),
            ("ten", 0),
            ("ten", 10**6 + 1),
        )
    ]
    foreign = await begin(vouchers, 1, as_=token("marketer", unit="hq.gd"))

    assert refused == ["Conflict", "Conflict", "NotFound", "InvalidInput", "InvalidInput"]
    assert foreign["__typename"] == "NotFound"
    for as_, status in (
        (token("marketer"), 403),
        (token("operator", unit="hq.gd"), 404),
        (members.operator, 200),
    ):
        assert (await download(harness, batch, as_)).status_code == status
