import asyncio
from collections import Counter

import pytest

from kit.models import uuid7

TRANSFER = """mutation ($input: TransferPointsInput!) { transferPoints(input: $input) {
  __typename
  ... on PointsWereTransferred { balance account { balance } }
  ... on Refusal { message }
  ... on InvalidInput { field }
  ... on TransferLimitReached { asked left }
} }"""
LOTS = "balance lots(first: 10) { remaining expiresAt }"


@pytest.fixture
def transfer(members):
    async def act(giver, taker, points, *, key=None, as_=None, **more):
        asked = {
            "fromAccountId": await members.account(giver),
            "toAccountId": await members.account(taker),
            "points": points,
            "reason": "happy birthday",
            "idempotencyKey": key or str(uuid7()),
            **more,
        }
        data = await members.harness.graph(TRANSFER, as_=as_ or members.operator, input=asked)
        return data["transferPoints"]

    return act


async def two_members(members, points=100):
    giver, taker = await members.register(), await members.register()
    await members.order(giver, points * 100)
    return giver, taker


async def test_what_one_member_gives_the_other_has_with_the_end_it_had(members, transfer):
    giver, taker = await two_members(members)
    (lot,) = (await members.points(giver, LOTS))["lots"]

    answer = await transfer(giver, taker, 30)

    assert answer["account"] == {"balance": 70}
    assert await members.points(taker, LOTS) == {
        "balance": 30,
        "lots": [{"remaining": 30, "expiresAt": lot["expiresAt"]}],
    }
    told = await members.announced("points.transferred")
    assert [(each["customer_id"], each["points"], each["balance"]) for each in told] == [
        (str(giver), -30, 70),
        (str(taker), 30, 30),
    ]
    assert await members.is_sound()


async def test_the_same_key_transfers_once_and_with_other_content_is_refused(members, transfer):
    giver, taker = await two_members(members)

    answers = await asyncio.gather(*(transfer(giver, taker, 30, key="k") for _ in range(6)))
    other = await transfer(giver, taker, 31, key="k")

    assert {each["balance"] for each in answers} == {70}
    assert other["__typename"] == "IdempotencyKeyReused"
    assert (await members.balance(giver), await members.balance(taker)) == (70, 30)
    assert await members.is_sound()


async def test_members_who_give_to_each_other_at_once_lose_nothing(members, transfer):
    one, other = await two_members(members)
    await members.order(other, 100_00)

    answers = await asyncio.gather(
        *(transfer(*pair, 10) for pair in [(one, other), (other, one)] * 8)
    )

    assert Counter(each["__typename"] for each in answers) == {"PointsWereTransferred": 16}
    assert (await members.balance(one), await members.balance(other)) == (100, 100)
    assert await members.is_sound()


async def test_no_more_than_the_limit_is_given_away_in_a_day_however_many_try(members, transfer):
    giver, taker = await two_members(members)
    await members.sql(
        "UPDATE currency SET transferable = 30, transferable_daily = 50 WHERE spendable"
    )

    too_much = await transfer(giver, taker, 31)
    answers = await asyncio.gather(*(transfer(giver, taker, 20) for _ in range(5)))

    assert (too_much["__typename"], too_much["left"]) == ("TransferLimitReached", 30)
    assert Counter(each["__typename"] for each in answers) == {
        "PointsWereTransferred": 2,
        "TransferLimitReached": 3,
    }
    assert (await members.balance(giver), await members.balance(taker)) == (60, 40)


@pytest.mark.parametrize(
    ("points", "more", "refusal"),
    [
        (0, {}, "InvalidInput"),
        (-1, {}, "InvalidInput"),
        (2**63 - 1, {}, "InvalidInput"),
        (101, {}, "NotEnoughPoints"),
        (1, {"toAccountId": str(uuid7())}, "NotFound"),
        (1, {"fromAccountId": str(uuid7())}, "NotFound"),
        (1, {"currency": "shells"}, "NotFound"),
        (1, {"currency": "growth"}, "TransferLimitReached"),
    ],
)
async def test_what_can_not_be_transferred_is_refused_and_changes_nothing(
    members, transfer, points, more, refusal
):
    giver, taker = await two_members(members)
    before = await members.ledger()

    answer = await transfer(giver, taker, points, **more)

    assert answer["__typename"] == refusal
    assert await members.ledger() == before
    assert await members.announced("points.transferred") == []


async def test_nobody_gives_to_themselves(members, transfer):
    giver, _ = await two_members(members)

    answer = await transfer(giver, giver, 10)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", "toAccountId")
    assert await members.balance(giver) == 100


async def test_a_customer_gives_their_own_points_to_anybody_and_nobody_elses(members, transfer):
    mine, other = await two_members(members)
    me = members.harness.token("customer", unit=None, customer=str(mine))

    given = await transfer(mine, other, 10, as_=me)
    taken = await transfer(other, mine, 10, as_=me)
    to_nobody = await transfer(mine, other, 10, as_=me, toAccountId=str(uuid7()))

    assert [each["__typename"] for each in (given, taken, to_nobody)] == [
        "PointsWereTransferred",
        "NotFound",
        "NotFound",
    ]
    assert await members.balance(mine) == 90
    assert await members.is_sound()


async def test_what_was_given_under_an_id_that_was_merged_counts_against_the_limit(
    members, transfer
):
    giver, taker = await two_members(members)
    await members.sql("UPDATE currency SET transferable_daily = 50 WHERE spendable")
    survivor = await members.register()
    first = await transfer(giver, taker, 20)
    told = {"merge_id": uuid7(), "customer_id": survivor, "absorbed_id": giver}
    await members.harness.hear("octoreach.customer.customer.merged.v1", told)

    too_much = await transfer(survivor, taker, 31)
    enough = await transfer(survivor, taker, 30)

    assert first["__typename"] == "PointsWereTransferred"
    assert (too_much["__typename"], too_much["left"]) == ("TransferLimitReached", 30)
    assert enough["__typename"] == "PointsWereTransferred"
    assert await members.is_sound()


async def test_an_account_that_was_merged_gives_as_whoever_has_its_points_by_now(members, transfer):
    giver, taker = await two_members(members)
    survivor = await members.register()
    await members.order(survivor, 100_00)
    await members.sql("UPDATE currency SET transferable_daily = 50 WHERE spendable")
    old = await members.account(giver)
    told = {"merge_id": uuid7(), "customer_id": survivor, "absorbed_id": giver}
    await members.harness.hear("octoreach.customer.customer.merged.v1", told)
    await transfer(survivor, taker, 40)

    too_much = await transfer(survivor, taker, 20, fromAccountId=old)
    oneself = await transfer(survivor, taker, 5, toAccountId=old)
    enough = await transfer(survivor, taker, 10, fromAccountId=old)

    assert (too_much["__typename"], too_much["left"]) == ("TransferLimitReached", 10)
    assert oneself["__typename"] == "InvalidInput"
    assert enough["__typename"] == "PointsWereTransferred"
    assert (await members.balance(survivor), await members.balance(taker)) == (150, 50)
    assert await members.is_sound()
