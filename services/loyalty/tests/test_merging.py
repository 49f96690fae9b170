"""Points of two customers who are one lie in one account, and go back exactly."""

from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from services.loyalty.tests.merges import has, merged, pending_earning, taken_back
from sqlalchemy import text

from loyalty.points.commands.posting import post_one
from loyalty.points.models import NewPosting


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


async def test_points_of_an_id_that_was_never_a_customer_come_too(members: Any) -> None:
    ada, second = await members.register(), uuid4()
    await members.order(second, 10_000)

    await merged(members, ada, second)

    assert await members.balance(ada) > 0
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
