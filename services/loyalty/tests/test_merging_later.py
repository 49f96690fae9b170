"""What was asked of one of two records takes effect where their points lie by then."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from services.loyalty.tests.merges import has, merged, pending_earning, taken_back
from sqlalchemy import text

from kit.merging.mergers import Merger
from loyalty.merging.commands import merge_customers
from loyalty.reservations.commands import release_reservation, reserve_points

ASK = """mutation ($input: AdjustPointsInput!) { adjustPoints(input: $input) {
  ... on AdjustmentWasRequested { adjustment { id } } } }"""
APPROVE = """mutation ($id: UUID!) { approveAdjustment(id: $id, note: "") { __typename } }"""
REVERSE = """mutation ($input: ReversePostingInput!) { reversePosting(input: $input) {
  __typename
  ... on PostingWasReversed { points account { balance } }
  ... on Refusal { message }
} }"""
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND wait_event_type = 'Lock' AND query LIKE '%post_points%'"
)


async def reversed_by_hand(members: Any, posting_id: UUID) -> dict[str, Any]:
    asked = {
        "postingId": str(posting_id),
        "reason": "a mistake",
        "idempotencyKey": str(uuid4()),
    }
    answer: dict[str, Any] = (
        await members.harness.graph(REVERSE, as_=members.operator, input=asked)
    )["reversePosting"]
    return answer


async def last_posting(members: Any, customer: UUID) -> UUID:
    found = await members.points(customer, "postings(first: 1) { edges { node { id } } }")
    return UUID(found["postings"]["edges"][0]["node"]["id"])


async def somebody_waits(members: Any) -> None:
    waiting = 0
    async with asyncio.timeout(60):
        while not waiting:
            async with members.harness.db.transaction() as session:
                waiting = (await session.execute(text(WAITING))).scalar_one()


async def test_an_order_of_the_absorbed_cancelled_later_takes_back_what_it_gave(
    members: Any,
) -> None:
    ada, bob = await members.register(), await members.register()
    order = await members.order(bob, 30_000)
    await merged(members, ada, bob)

    await members.cancel(bob, order)

    assert await members.balance(ada) == 0
    assert await members.is_sound()


async def test_whoever_spends_from_the_old_account_spends_the_survivors_points(
    members: Any, spend: Any
) -> None:
    ada, bob = await members.register(), await members.register()
    old = await members.account(bob)
    await members.order(ada, 100_000)
    points = await members.balance(ada)
    await merged(members, ada, bob)

    answer = await spend(ada, 10, account=old)

    assert answer["__typename"] == "PointsWereSpent"
    assert await members.balance(ada) == points - 10
    assert await members.is_sound()


async def test_a_spend_while_they_were_one_comes_back_to_whoever_spent(
    members: Any, spend: Any
) -> None:
    ada, bob = await members.register(), await members.register()
    await members.order(bob, 100_000)
    (lot,) = (await has(members, bob))["lots"]
    merge_id = await merged(members, ada, bob)
    await spend(ada, 30)
    spent = await last_posting(members, ada)
    await taken_back(members, merge_id, ada, bob)

    answer = await reversed_by_hand(members, spent)

    assert answer == {
        "__typename": "PostingWasReversed",
        "points": 30,
        "account": {"balance": 30},
    }
    assert (await has(members, ada))["lots"] == [(lot[0], 30)]
    assert (await has(members, bob))["lots"] == [(lot[0], lot[1] - 30)]
    assert await members.is_sound()


async def test_a_reservation_made_while_they_were_one_is_released_to_whoever_reserved(
    members: Any,
) -> None:
    ada, bob = await members.register(), await members.register()
    await members.order(bob, 100_000)
    points = await members.balance(bob)
    merge_id = await merged(members, ada, bob)
    account = UUID(await members.account(ada))
    async with members.harness.db.transaction() as session:
        held = await reserve_points(session, account, 30, "a mug", "k", seconds=600)
    await taken_back(members, merge_id, ada, bob)

    async with members.harness.db.transaction() as session:
        await release_reservation(session, held.posting_id)

    assert await members.balance(ada) == 30
    assert await members.balance(bob) == points - 30
    assert await members.is_sound()


async def test_when_all_is_spent_nothing_goes_back(members: Any, spend: Any) -> None:
    ada, bob = await members.register(), await members.register()
    await members.order(bob, 5_000)
    merge_id = await merged(members, ada, bob)
    await spend(ada, 50)

    await taken_back(members, merge_id, ada, bob)

    assert [await members.balance(each) for each in (ada, bob)] == [0, 0]
    assert await members.is_sound()


async def test_a_pending_earning_of_the_absorbed_is_reversed_where_it_lies_now(
    members: Any,
) -> None:
    ada, bob = await members.register(), await members.register()
    earned = await pending_earning(members, bob, 50)
    merge_id = await merged(members, ada, bob)

    answer = await reversed_by_hand(members, earned)
    await taken_back(members, merge_id, ada, bob)

    assert answer["points"] == -50
    assert [(await has(members, each))["pending"] for each in (ada, bob)] == [0, 0]
    assert await members.is_sound()


@pytest.mark.parametrize("pending", [True, False])
async def test_a_reversal_that_waits_for_a_merge_finds_the_points_where_they_lie_then(
    members: Any, pending: bool
) -> None:
    ada, bob = await members.register(), await members.register()
    if pending:
        earned = await pending_earning(members, bob, 50)
    else:
        await members.order(bob, 5_000)
        earned = await last_posting(members, bob)

    async with members.harness.db.transaction() as session:
        await merge_customers(session, Merger(uuid4(), ada, bob))
        reversing = asyncio.create_task(reversed_by_hand(members, earned))
        await somebody_waits(members)
    answer = await reversing
    whole = await has(members, ada)

    assert (whole["balance"], whole["pending"], whole["debt"]) == (0, 0, 0)
    assert answer["points"] == -50
    assert (await has(members, ada))["lots"] == []
    assert await members.is_sound()


async def test_a_correction_that_waits_is_made_to_the_account_that_is_used(members: Any) -> None:
    ada, bob = await members.register(), await members.register()
    asked = await members.harness.graph(
        ASK,
        as_=members.harness.token("front_line", subject="clerk"),
        input={
            "accountId": await members.account(bob),
            "points": 20_000,
            "reason": "a complaint",
            "idempotencyKey": "waits",
        },
    )
    await merged(members, ada, bob)

    await members.harness.graph(
        APPROVE,
        as_=members.harness.token("approver", subject="chief"),
        id=asked["adjustPoints"]["adjustment"]["id"],
    )

    assert await members.balance(ada) == 20_000
    assert [each["customer_id"] for each in await members.announced("adjustment.decided")] == [
        str(ada)
    ]
    assert await members.is_sound()


async def test_what_both_were_given_counts_against_the_limits_until_it_is_taken_back(
    members: Any,
) -> None:
    await members.harness.graph(
        """mutation { setEarningCap(event: ORDER, pointsPerDay: 150) { __typename } }""",
        as_=members.harness.token("approver", scope="approve:finance"),
    )
    ada, bob = await members.register(), await members.register()
    for each in (ada, bob):
        await members.order(each, 60_00)
    given = [await members.balance(each) for each in (ada, bob)]

    merge_id = await merged(members, ada, bob)
    await members.order(ada, 60_00)
    await members.order(bob, 60_00)
    together = await members.balance(ada)
    await taken_back(members, merge_id, ada, bob)
    await members.order(bob, 200_00)

    assert given == [60, 60]
    assert together == 150
    assert await members.balance(bob) == 150
    assert await members.is_sound()


async def test_a_request_repeated_across_a_merge_and_back_gets_its_first_answer(
    members: Any, spend: Any, adjust: Any
) -> None:
    ada, bob = await members.register(), await members.register()
    await members.order(bob, 100_000)
    account = await members.account(bob)
    asked = [(spend, 10, "spend"), (adjust, 5, "adjust"), (adjust, 20_000, "ask")]

    async def ask() -> list[Any]:
        return [await act(bob, points, key=key, account=account) for act, points, key in asked]

    first = await ask()
    before = await members.ledger()
    merge_id = await merged(members, ada, bob)
    merges = await members.ledger()
    second = await ask()
    came = await spend(ada, 7, key="since", account=account)
    await taken_back(members, merge_id, ada, bob)
    third = await ask()
    again = await spend(bob, 7, key="since", account=account)
    other = await spend(bob, 8, key="since", account=account)

    names = [[each["__typename"] for each in answers] for answers in (first, second, third)]
    assert names == [["PointsWereSpent", "PointsWereAdjusted", "AdjustmentWasRequested"]] * 3
    assert (
        (await members.ledger())["liability"] == before["liability"] - 7 == merges["liability"] - 7
    )
    assert came["balance"] == again["balance"]
    assert other["__typename"] == "IdempotencyKeyReused"
    assert await members.is_sound()
