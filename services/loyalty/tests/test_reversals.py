"""Postings reversed by hand, and wallets that move whole."""

import asyncio
from collections import Counter

import pytest

from kit.models import uuid7
from loyalty.points.commands import post
from loyalty.points.commands.moving import move_wallets, move_wallets_back
from loyalty.points.models import NewPosting

REVERSE = """mutation ($input: ReversePostingInput!) { reversePosting(input: $input) {
  __typename
  ... on PostingWasReversed { points balance account { balance debt } }
  ... on Refusal { message }
} }"""
HISTORY = "postings(first: 10) { edges { node { id kind } } }"
SEEN = "balance pending locked debt"


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


@pytest.fixture
def move(members):
    async def act(origin, target, key, command=move_wallets):
        accounts = [await members.account(each) for each in (origin, target)]
        async with members.harness.db.transaction() as session:
            await command(session, *accounts, key, "they are one")

    return act


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


async def test_all_of_a_wallet_moves_and_a_debt_meets_the_others_balance(members, spend, move):
    one, other = await members.register(), await members.register()
    order = await members.order(one, 50_00)
    await spend(one, 50)
    await members.cancel(one, order)
    await members.order(other, 80_00)

    await move(one, other, "m")
    await move(one, other, "m")

    assert await members.points(one, SEEN) == {"balance": 0, "pending": 0, "locked": 0, "debt": 0}
    assert await members.balance(other) == 30
    assert await members.is_sound()


async def test_what_is_left_of_what_moved_comes_back(members, spend, move):
    one, other = await members.register(), await members.register()
    await members.order(one, 50_00)
    await members.order(other, 80_00)
    await move(one, other, "m")
    together = await members.balance(other)
    await spend(other, 60)

    await move(other, one, "u", move_wallets_back)

    assert together == 130
    assert await members.balance(one) + await members.balance(other) == 70
    assert await members.balance(one) == 0
    assert await members.is_sound()


async def test_points_that_moved_are_taken_back_where_they_are(members, move):
    one, other = await members.register(), await members.register()
    await members.order(one, 50_00)
    earned = await last_posting(members, one)
    await move(one, other, "m")
    reversal = NewPosting(
        account_id=await members.account(other),
        key="cancelled",
        kind="reverse",
        points=-50,
        reason="order cancelled",
        source_kind="order",
        source_id="1",
        reverses=earned,
    )

    async with members.harness.db.transaction() as session:
        await post(session, [reversal])

    assert (await members.balance(one), await members.balance(other)) == (0, 0)
    assert await members.is_sound()
