"""Who sees masks may not find out by guessing what a mask hides."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from customer.guesses import counting
from customer.guesses.measures import look_ups_in_vain
from customer.limits.buckets import Limit
from kit.testing.harness import GraphFailed, Harness

FIND = """query ($value: String!) {
  customerByIdentifier(scheme: "msisdn", value: $value) { id } }"""
SEARCH = """query ($value: String!) {
  searchCustomers(by: IDENTIFIER, text: $value) { edges { node { id } } } }"""
REFUSED = "TooManyLookUps"
NUMBER = "+8613812345678"


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "GUESSES", Limit("in vain", 6, 86_400))


@pytest.fixture
def guess(harness: Harness) -> Callable[..., Any]:
    """How often somebody was found, nobody, or why not."""

    async def ask(query: str, as_: str, *values: str) -> Counter[str]:
        async def once(value: str) -> str:
            try:
                answer = await harness.graph(query, as_=as_, value=value)
            except GraphFailed as failed:
                [error] = failed.errors
                return str(error["extensions"]["reason"])
            [found] = answer.values()
            return "found" if found and found != {"edges": []} else "nobody"

        return Counter(await asyncio.gather(*(once(each) for each in values)))

    return ask


def wrong(many: int) -> list[str]:
    return [f"+86138{number:04}5678" for number in range(many)]


async def test_what_a_mask_hides_is_not_found_by_trying_all_at_once(
    a_customer, guess, marketer: str
) -> None:
    await a_customer(f"msisdn:{NUMBER}")
    before = look_ups_in_vain.labels("refused")._value.get()

    first = await guess(FIND, marketer, *wrong(15))
    then = await guess(FIND, marketer, NUMBER)
    elsewhere = await guess(SEARCH, marketer, NUMBER, *wrong(1))

    assert first == {"nobody": 6, REFUSED: 9}
    assert (then, elsewhere) == ({REFUSED: 1}, {REFUSED: 2})
    assert look_ups_in_vain.labels("refused")._value.get() - before == 12


async def test_who_is_found_was_no_guess_and_others_guesses_are_their_own(
    harness: Harness, a_customer, guess, marketer: str
) -> None:
    await a_customer(f"msisdn:{NUMBER}")
    other = harness.token("marketer", unit="hq", subject="eve")

    for query in (FIND, SEARCH, FIND):
        assert await guess(query, marketer, *[NUMBER] * 4) == {"found": 4}
    vain = await guess(FIND, marketer, *wrong(3)) + await guess(SEARCH, marketer, *wrong(4))

    assert vain == {"nobody": 6, REFUSED: 1}
    assert await guess(FIND, other, NUMBER) == {"found": 1}


async def test_a_day_later_there_are_as_many_guesses_again(
    harness: Harness, guess, marketer: str
) -> None:
    await guess(FIND, marketer, *wrong(7))

    async with harness.db.transaction() as session:
        await session.execute(text("UPDATE page_bucket SET at = at - interval '12 hours'"))

    assert await guess(FIND, marketer, *wrong(7)) == {"nobody": 3, REFUSED: 4}


async def test_customers_of_other_units_are_nobody_and_count(
    harness: Harness, a_customer, guess
) -> None:
    await a_customer(f"msisdn:{NUMBER}", unit="hq.zj.hz")
    elsewhere = harness.token("marketer", unit="hq.gd", subject="gus")

    assert await guess(FIND, elsewhere, *[NUMBER] * 8) == {"nobody": 6, REFUSED: 2}


async def test_who_sees_numbers_whole_looks_as_often_as_they_like(guess, front_line: str) -> None:
    assert await guess(FIND, front_line, *wrong(9)) == {"nobody": 9}
