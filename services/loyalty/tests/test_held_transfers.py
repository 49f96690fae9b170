"""Transfers above a limit: locked until a person has decided, then made or returned, once."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from kit.models import uuid7

DECIDED = "octoreach.loyalty.review.decided.v1"
TRANSFER = """mutation ($input: TransferPointsInput!) { transferPoints(input: $input) {
  __typename
  ... on PointsWereTransferred { balance }
  ... on TransferIsReviewed { reservationId state account { balance locked } }
  ... on Refusal { message }
} }"""
RELEASE = "mutation ($id: UUID!) { releaseReservation(id: $id) { __typename } }"
SEEN = "balance locked"


@pytest.fixture
def give(members: Any) -> Any:
    async def act(giver: UUID, taker: UUID, points: int, key: str | None = None) -> Any:
        asked = {
            "fromAccountId": await members.account(giver),
            "toAccountId": await members.account(taker),
            "points": points, "reason": "a gift", "idempotencyKey": key or str(uuid7()),
        }  # fmt: skip
        data = await members.harness.graph(TRANSFER, as_=members.operator, input=asked)
        return data["transferPoints"]

    return act


@pytest.fixture
def decide(members: Any) -> Any:
    """A reviewer decides on all that waits, and the service hears of it twice."""

    async def act(verdict: str) -> None:
        reviewer = members.harness.token("approver", subject="ben")
        queue = "{ reviews { edges { node { id actKind } } } }"
        found = (await members.harness.graph(queue, as_=reviewer))["reviews"]["edges"]
        for each in found:
            ask = (
                f'mutation ($id: UUID!) {{ {verdict}Review(id: $id, note: "ok") {{ __typename }} }}'
            )
            await members.harness.graph(ask, as_=reviewer, id=each["node"]["id"])
        for told in await members.harness.events_recorded(DECIDED):
            content = {name: value for name, value in told.items() if name != "subject"}
            for _ in range(2):
                await members.harness.hear(DECIDED, content)

    return act


@pytest.fixture
async def pair(members: Any) -> tuple[UUID, UUID]:
    rule = """mutation { setFraudRule(input: { code: "gifts", name: "Gifts", kind: VELOCITY,
      actKinds: [TRANSFER], measure: POINTS, threshold: 20 }) { __typename } }"""
    await members.harness.graph(rule, as_=members.operator)
    giver, taker = await members.register(), await members.register()
    await members.order(giver, 100_00)
    return giver, taker


async def test_what_is_released_is_made_once(members, pair, give, decide):
    giver, taker = pair
    small = await give(giver, taker, 20)
    held = await give(giver, taker, 30, key="k")
    waiting = [await members.points(each, SEEN) for each in pair]

    await decide("release")

    assert small == {"__typename": "PointsWereTransferred", "balance": 80}
    assert held["account"] == {"balance": 50, "locked": 30}
    assert waiting == [{"balance": 50, "locked": 30}, {"balance": 20, "locked": 0}]
    assert [await members.points(each, SEEN) for each in pair] == [
        {"balance": 50, "locked": 0}, {"balance": 50, "locked": 0}
    ]  # fmt: skip
    again = await give(giver, taker, 30, key="k")
    assert (again["__typename"], again["state"]) == ("TransferIsReviewed", "made")
    assert await members.is_sound()


async def test_what_is_rejected_comes_back_once(members, pair, give, decide):
    giver, taker = pair
    await give(giver, taker, 30)

    await decide("reject")

    assert [await members.balance(each) for each in pair] == [100, 0]
    assert (await members.points(giver, SEEN))["locked"] == 0
    assert await members.announced("points.transferred") == []
    assert await members.is_sound()


async def test_the_same_transfer_asked_for_at_once_locks_once(members, pair, give):
    giver, taker = pair

    answers = await asyncio.gather(*(give(giver, taker, 30, key="k") for _ in range(5)))
    other = await give(giver, taker, 31, key="k")

    assert {each["__typename"] for each in answers} == {"TransferIsReviewed"}
    assert other["__typename"] == "IdempotencyKeyReused"
    assert await members.points(giver, SEEN) == {"balance": 70, "locked": 30}
    assert await members.is_sound()


async def test_what_a_limit_refuses_moves_nothing_and_asks_nobody(members, pair, give):
    giver, taker = pair
    await members.sql("UPDATE fraud_rule SET action = 'refuse'")

    answer = await give(giver, taker, 30)

    assert answer["__typename"] == "TransferRefused"
    assert await members.balance(giver) == 100
    assert await members.announced("review.opened", "points.locked") == []


async def test_what_the_giver_withdraws_is_not_made_whatever_is_decided(
    members, pair, give, decide
):
    giver, taker = pair
    held = await give(giver, taker, 30)
    await members.harness.graph(RELEASE, as_=members.operator, id=held["reservationId"])

    await decide("release")

    assert [await members.balance(each) for each in pair] == [100, 0]
    assert await members.is_sound()


async def test_what_a_debt_has_taken_meanwhile_is_given_to_nobody(members, decide, give):
    rule = """mutation { setFraudRule(input: { code: "gifts", name: "Gifts", kind: VELOCITY,
      actKinds: [TRANSFER], measure: POINTS, threshold: 20 }) { __typename } }"""
    await members.harness.graph(rule, as_=members.operator)
    giver, taker = await members.register(), await members.register()
    order = await members.order(giver, 100_00)
    await give(giver, taker, 30, key="k")
    await members.cancel(giver, order)

    await decide("release")

    again = await give(giver, taker, 30, key="k")
    assert (again["__typename"], again["state"]) == ("TransferIsReviewed", "returned")
    assert await members.points(giver, f"{SEEN} debt") == {"balance": 0, "locked": 0, "debt": 0}
    assert await members.balance(taker) == 0
    assert await members.is_sound()


async def test_what_waits_counts_towards_what_may_be_given_in_a_day(members, pair, give, decide):
    giver, taker = pair
    await members.sql(
        "UPDATE currency SET transferable = 30, transferable_daily = 50 WHERE code = 'points'"
    )

    first, second = [await give(giver, taker, 30, key=key) for key in "ab"]
    third = await give(giver, taker, 20)
    await members.harness.graph(RELEASE, as_=members.operator, id=third["reservationId"])
    fourth = await give(giver, taker, 20)
    await decide("release")

    kinds = [each["__typename"] for each in (first, second, third, fourth)]
    held = "TransferIsReviewed"
    assert kinds == [held, "TransferLimitReached", held, held]
    assert await members.balance(taker) == 50


@pytest.mark.parametrize("survivor", ["taker", "another"])
async def test_a_late_decision_finds_the_accounts_of_today(members, pair, give, decide, survivor):
    giver, taker = pair
    await give(giver, taker, 30)
    whole = taker if survivor == "taker" else await members.register()
    told = {"merge_id": uuid4(), "customer_id": whole, "absorbed_id": giver}
    await members.harness.hear("octoreach.customer.customer.merged.v1", told)

    await decide("release")

    left = await members.points(whole, SEEN)
    assert left == {"balance": 100 if survivor == "taker" else 70, "locked": 0}
    assert await members.balance(taker) == (100 if survivor == "taker" else 30)
    assert await members.is_sound()
