"""Postings that are reversed by hand."""

import asyncio
from collections import Counter

import pytest

from kit.models import uuid7

REVERSE = """mutation ($input: ReversePostingInput!) { reversePosting(input: $input) {
  __typename
  ... on PostingWasReversed { points balance account { balance debt } }
  ... on Refusal { message }
} }"""
HISTORY = "postings(first: 10) { edges { node { id kind } } }"


@pytest.fixture
def reverse(members):
    async def act(posting, key=None, as_=None):
        asked = {"postingId": posting, "reason": "a mistake", "idempotencyKey": key or str(uuid7())}
        data = await members.harness.graph(REVERSE, as_=as_ or members.operator, input=asked)
        return data["reversePosting"]

    return act


async def last_posting(members, customer):
    edges = (await members.points(customer, HISTORY))["postings"]["edges"]
    return edges[0]["node"]["id"]


async def test_a_spend_that_is_reversed_comes_back_to_its_lots_once(members, spend, reverse):
    customer = await members.register()
    for amount in (10_00, 20_00):
        await members.order(customer, amount)
    lots = "lots(first: 10) { points remaining }"
    before = await members.points(customer, lots)
    await spend(customer, 15)
    spent = await last_posting(members, customer)

    answers = await asyncio.gather(*(reverse(spent) for _ in range(4)))

    assert Counter(each["__typename"] for each in answers) == {
        "PostingWasReversed": 1,
        "Conflict": 3,
    }
    assert await members.points(customer, lots) == before
    assert [each["points"] for each in await members.announced("points.returned")] == [15]
    assert await members.is_sound()


async def test_what_was_written_of_a_posting_is_masked_for_who_sees_no_personal_data(
    members, reverse
):
    customer = await members.register()
    await members.order(customer, 100_00)
    await reverse(await last_posting(members, customer))
    roles = ("front_line", "marketer", "analyst", "operator")

    seen = [
        [
            edge["node"]["reason"]
            for edge in (
                await members.points(
                    customer,
                    "postings(first: 10) { edges { node { reason } } }",
                    as_=members.harness.token(role),
                )
            )["postings"]["edges"]
        ]
        for role in roles
    ]

    assert seen == [["a mistake", "order"], *([["***", "order"]] * 3)]


async def test_an_earning_that_is_reversed_after_it_was_spent_is_owed(members, spend, reverse):
    customer = await members.register()
    await members.order(customer, 100_00)
    earned = await last_posting(members, customer)
    await spend(customer, 70)

    answer = await reverse(earned, key="k")
    again = await reverse(earned, key="k")

    assert (answer["points"], answer["account"]) == (-100, {"balance": 0, "debt": 70})
    assert again == answer
    assert await members.is_sound()


async def test_what_is_no_earning_and_no_spend_and_what_is_unknown_is_not_reversed(
    members, spend, reverse
):
    customer = await members.register(unit="hq.zj")
    await members.order(customer, 100_00)
    earned = await last_posting(members, customer)
    await reverse(earned)
    before = await members.ledger()

    answers = [
        await reverse(await last_posting(members, customer)),
        await reverse(str(uuid7())),
        await reverse(earned, as_=members.harness.token("operator", unit="hq.js")),
    ]

    assert [each["__typename"] for each in answers] == ["InvalidInput", "NotFound", "NotFound"]
    assert await members.ledger() == before
