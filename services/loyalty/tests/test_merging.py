"""Points of two customers who are one lie in one account, and go back exactly."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from kit.merging.mergers import Merger
from loyalty.merging.commands import merge_customers
from loyalty.points.commands.posting import post_one
from loyalty.points.models import NewPosting
from loyalty.reservations.commands import release_reservation, reserve_points

MERGED = "octoreach.customer.customer.merged.v1"
UNMERGED = "octoreach.customer.customer.unmerged.v1"
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
LOTS = "balance debt pending locked tier { code } lots(first: 50) { remaining expiresAt }"


async def merged(members: Any, survivor: UUID, absorbed: UUID) -> UUID:
    merge_id = uuid4()
    told = {"merge_id": merge_id, "customer_id": survivor, "absorbed_id": absorbed}
    await members.harness.hear(MERGED, told)
    await members.harness.hear(MERGED, told)
    return merge_id


async def taken_back(members: Any, merge_id: UUID, survivor: UUID, restored: UUID) -> None:
    told = {"merge_id": merge_id, "customer_id": survivor, "restored_id": restored}
    await members.harness.hear(UNMERGED, told)
    await members.harness.hear(UNMERGED, told)


async def has(members: Any, customer: UUID) -> dict[str, Any]:
    found = dict(await members.points(customer, LOTS))
    lots = found.pop("lots")
    found["lots"] = sorted(
        (each["expiresAt"] or "", each["remaining"]) for each in lots if int(each["remaining"])
    )
    return found


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


async def pending_earning(members: Any, customer: UUID, points: int) -> UUID:
    earning = NewPosting(
        account_id=UUID(await members.account(customer)),
        key=f"test:{uuid4()}",
        kind="earn",
        points=points,
        reason="test",
        source_kind="request",
        source_id="1",
        pending=True,
    )
    async with members.harness.db.transaction() as session:
        return (await post_one(session, earning)).posting_id


async def somebody_waits(members: Any) -> None:
    waiting = 0
    async with asyncio.timeout(60):
        while not waiting:
            async with members.harness.db.transaction() as session:
                waiting = (await session.execute(text(WAITING))).scalar_one()


async def test_points_move_by_the_ledger_keep_their_expiry_and_go_back(members: Any) -> None:
    ada, bob = await members.register(), await members.register()
    await members.order(ada, 10_000)
    await members.order(bob, 25_000)
    before = [await has(members, each) for each in (ada, bob)]

    merge_id = await merged(members, ada, bob)
    whole = await has(members, ada)
    assert whole["balance"] == before[0]["balance"] + before[1]["balance"]
    assert whole["lots"] == sorted(before[0]["lots"] + before[1]["lots"])
    assert await has(members, bob) == whole
    assert await members.is_sound()

    await taken_back(members, merge_id, ada, bob)
    assert [await has(members, each) for each in (ada, bob)] == before
    assert await members.is_sound()


async def test_what_was_spent_since_is_spent_and_what_came_since_stays(
    members: Any, spend: Any
) -> None:
    ada, bob = await members.register(), await members.register()
    await members.order(bob, 100_000)
    points = await members.balance(bob)
    merge_id = await merged(members, ada, bob)

    assert (await spend(ada, 30))["__typename"] == "PointsWereSpent"
    await members.order(bob, 50_000)
    came = await members.balance(ada) - points + 30

    await taken_back(members, merge_id, ada, bob)
    assert await members.balance(bob) == points - 30
    assert await members.balance(ada) == came
    assert await members.is_sound()


async def test_a_debt_is_owed_on_and_goes_back(members: Any, spend: Any) -> None:
    ada, bob = await members.register(), await members.register()
    await members.order(ada, 100_000)
    order = await members.order(bob, 20_000)
    owed = await members.balance(bob)
    await spend(bob, owed)
    await members.cancel(bob, order)
    before = [await has(members, each) for each in (ada, bob)]
    assert before[1]["debt"] == owed

    merge_id = await merged(members, ada, bob)
    assert (await has(members, ada))["balance"] == before[0]["balance"] - owed
    assert await members.is_sound()

    await taken_back(members, merge_id, ada, bob)
    assert [await has(members, each) for each in (ada, bob)] == before
    assert await members.is_sound()


async def test_a_survivor_who_owes_is_helped_out_until_it_is_taken_back(
    members: Any, spend: Any
) -> None:
    ada, bob = await members.register(), await members.register()
    order = await members.order(ada, 20_000)
    owed = await members.balance(ada)
    await spend(ada, owed)
    await members.cancel(ada, order)
    await members.order(bob, 100_000)
    before = [await has(members, each) for each in (ada, bob)]

    merge_id = await merged(members, ada, bob)
    assert (await has(members, ada))["balance"] == before[1]["balance"] - owed
    await taken_back(members, merge_id, ada, bob)

    assert [await has(members, each) for each in (ada, bob)] == before
    assert await members.is_sound()


async def test_an_order_of_the_absorbed_cancelled_later_takes_back_what_it_gave(
    members: Any,
) -> None:
    ada, bob = await members.register(), await members.register()
    order = await members.order(bob, 30_000)
    await merged(members, ada, bob)

    await members.cancel(bob, order)

    assert await members.balance(ada) == 0
    assert await members.is_sound()


async def test_points_of_an_id_that_was_never_a_customer_come_too(members: Any) -> None:
    ada, second = await members.register(), uuid4()
    await members.order(second, 10_000)

    await merged(members, ada, second)

    assert await members.balance(ada) > 0
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


async def test_the_survivor_has_the_tier_that_both_have_reached_until_it_is_taken_back(
    members: Any,
) -> None:
    ada, bob = await members.register(), await members.register()
    await members.order(bob, 5_000_000)
    tiers = [(await has(members, each))["tier"] for each in (ada, bob)]
    assert tiers[0] != tiers[1]

    merge_id = await merged(members, ada, bob)
    assert (await has(members, ada))["tier"] == tiers[1]
    [risen] = [e for e in await members.announced("tier.changed") if e["customer_id"] == str(ada)]
    assert risen["to_tier"] == tiers[1]["code"]

    await taken_back(members, merge_id, ada, bob)
    assert [(await has(members, each))["tier"] for each in (ada, bob)] == tiers


steps = st.lists(
    st.tuples(st.sampled_from(["order", "merge", "merge", "undo"]), st.integers(0, 2)), max_size=9
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(happened=steps)
async def test_the_ledger_is_sound_and_all_goes_back_whatever_was_merged_in_between(
    members: Any, happened: list[tuple[str, int]]
) -> None:
    people = [await members.register() for _ in range(3)]
    earned = dict.fromkeys(people, 0)
    standing: list[tuple[UUID, UUID, UUID]] = []

    for what, number in happened:
        pair = (people[number], people[(number + 1) % 3])
        absorbed = {each[2] for each in standing}
        if what == "order" and pair[0] not in absorbed:
            before = await members.balance(pair[0])
            await members.order(pair[0], 1_000 * (number + 1))
            earned[pair[0]] += await members.balance(pair[0]) - before
        elif what == "merge" and not absorbed & set(pair):
            standing.append((await merged(members, *pair), *pair))
        elif what == "undo" and standing:
            await taken_back(members, *standing.pop())
    for each in reversed(standing):
        await taken_back(members, *each)

    assert {each: await members.balance(each) for each in people} == earned
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


async def test_whoever_was_brought_counts_for_who_brought_them_by_any_id_unless_known_before(
    members: Any,
) -> None:
    ann, cid = await members.register(), await members.register()
    old = [await members.register() for _ in range(2)]
    await members.order(old[0], 10_00)
    for each in (first := await members.register(), second := await members.register()):
        await members.harness.graph(
            """mutation ($referrer: UUID!, $referred: UUID!) {
              recordReferral(referrerId: $referrer, referredId: $referred) { __typename } }""",
            as_=members.operator,
            referrer=ann if each == first else cid,
            referred=each,
        )

    await merged(members, old[0], first)
    await merged(members, old[1], second)
    await members.order(first, 10_00)
    await members.order(second, 10_00)

    qualified = await members.announced("referral.qualified")
    assert [(each["customer_id"], each["referred_id"]) for each in qualified] == [
        (str(cid), str(old[1]))
    ]


async def test_points_that_equal_the_debt_they_go_back_with_leave_no_empty_posting(
    members: Any, spend: Any
) -> None:
    ada, bob = await members.register(), await members.register()
    await members.order(ada, 10_000)
    order = await members.order(bob, 3_000)
    await spend(bob, 30)
    earned = await pending_earning(members, bob, 30)
    await members.cancel(bob, order)
    merge_id = await merged(members, ada, bob)
    await matured(members, ada, earned)

    await taken_back(members, merge_id, ada, bob)

    assert [await members.balance(each) for each in (ada, bob)] == [100, 0]
    assert (await has(members, bob))["lots"] == []
    assert (await members.points(bob))["debt"] == 0
    async with members.harness.db.transaction() as session:
        assert await session.scalar(text(EMPTY)) == 0
    assert await members.is_sound()


EMPTY = "SELECT count(*) FROM posting WHERE id NOT IN (SELECT posting_id FROM entry)"


async def matured(members: Any, customer: UUID, earned: UUID) -> None:
    maturing = NewPosting(
        account_id=UUID(await members.account(customer)), key=f"mature:{earned}", kind="mature",
        points=30, reason="test", source_kind="lot", source_id="1", settles=earned,
    )  # fmt: skip
    async with members.harness.db.transaction() as session:
        await post_one(session, maturing)


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
