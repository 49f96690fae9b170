import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.achievements.spans import (
    Deserved,
    Ladder,
    Span,
    best_window,
    label,
    longest_run,
    period_of,
    run_until,
)
from loyalty.deeds.commands import count_history

TOUCHPOINT = "octoreach.channel.touchpoint.reported.v1"
FEEDBACK = "octoreach.customer.feedback.given.v1"
QUALIFIED = "octoreach.loyalty.referral.qualified.v1"
MERGED = "octoreach.customer.customer.merged.v1"
UNMERGED = "octoreach.customer.customer.unmerged.v1"
DRAFT = """mutation ($input: DraftAchievementInput!) { draftAchievement(input: $input) {
  __typename
  ... on AchievementWasDrafted { achievement { version words } }
  ... on InvalidInput { field }
} }"""
ACTIVATE = """mutation ($code: String!, $history: Boolean!) {
  activateAchievement(code: $code, withHistory: $history) {
    __typename
    ... on AchievementWasActivated { achievement { version state history } }
    ... on Refusal { message }
} }"""
RETIRE = """mutation ($code: String!) { retireAchievement(code: $code) { __typename } }"""
MINE = """achievements { value level missingToNext next { name } achievement { code version }
  reached { level name cycle points lostAt } }"""
DEFINED = """query ($code: String) { achievements(code: $code) { edges { node {
  version state history historySeen historyInAll } } } }"""
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime.now(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)


def steps(*thresholds: int, points: int = 10) -> list[dict[str, Any]]:
    names = ("bronze", "silver", "gold")
    return [
        {"name": name, "threshold": threshold, "points": points * number}
        for number, (name, threshold) in enumerate(zip(names, thresholds, strict=False), start=1)
    ]


class Achievements:
    """What marketers, approvers and members do about achievements."""

    def __init__(self, members) -> None:
        self.members = members
        self.harness = members.harness
        self.ann = self.harness.token("marketer", subject="ann", unit="hq")
        self.bob = self.harness.token("approver", subject="bob", unit="hq")

    async def draft(self, code="buyer", as_=None, **terms: Any) -> dict[str, Any]:
        wanted = {
            "code": code, "name": "Buyer", "unit": "hq", "measure": "ORDERS", "span": "EVER",
            "levels": steps(2, 4), **terms,
        }  # fmt: skip
        data = await self.harness.graph(DRAFT, as_=as_ or self.ann, input=wanted)
        return data["draftAchievement"]

    async def activate(self, code="buyer", history=False, as_=None) -> dict[str, Any]:
        data = await self.harness.graph(ACTIVATE, as_=as_ or self.bob, code=code, history=history)
        return data["activateAchievement"]

    async def define(self, code="buyer", history=False, **terms: Any) -> None:
        """An achievement that has been there for a long time."""
        assert (await self.draft(code, **terms))["__typename"] == "AchievementWasDrafted"
        assert (await self.activate(code, history))["__typename"] == "AchievementWasActivated"
        await self.members.sql(
            "UPDATE achievement SET valid_from = valid_from - interval '3 years' "
            "WHERE code = :code AND version = 1", code=code,
        )  # fmt: skip

    async def count_history(self) -> None:
        for _ in range(5):
            await self.harness.turn(count_history)

    async def look(self, customer, code="buyer", as_=None) -> dict[str, Any]:
        found = await self.harness.entity(
            {"__typename": "Customer", "id": str(customer)}, MINE, as_=as_ or self.members.operator
        )
        return next(each for each in found["achievements"] if each["achievement"]["code"] == code)

    async def level(self, customer, code="buyer") -> tuple[int, int]:
        seen = await self.look(customer, code)
        return seen["value"], seen["level"]

    async def reward(self, customer) -> int:
        """What achievements have given, less what they have taken back."""
        fields = "postings(first: 100) { edges { node { points reason } } }"
        edges = (await self.members.points(customer, fields))["postings"]["edges"]
        return sum(
            each["node"]["points"]
            for each in edges
            if each["node"]["reason"].startswith("achievement")
        )

    async def told(self) -> list[tuple[str, int, int]]:
        return [
            (each["subject"].split(".")[3], each["level"], each["points"])
            for each in await self.members.announced("achievement.reached", "achievement.lost")
        ]

    async def touch(self, customer, kind="visited", at=None, **more: Any) -> dict[str, Any]:
        content = {
            "touchpoint_id": uuid7(), "customer_id": customer, "kind": kind, "unit": "hq.zj",
            "channel_code": "app", "partner_code": None, "occurred_at": at or utcnow(),
            "properties": {}, **more,
        }  # fmt: skip
        await self.harness.hear(TOUCHPOINT, content)
        return content


@pytest.fixture
def achievements(members) -> Achievements:
    return Achievements(members)


async def test_levels_are_reached_in_turn_and_each_gives_its_points_once(achievements, members):
    await achievements.define(levels=steps(2, 4))
    customer = await members.register()

    seen = []
    for _ in range(5):
        await members.order(customer, 100)
        seen.append(await achievements.level(customer))

    assert seen == [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2)]
    assert await achievements.look(customer, as_=members.harness.token(
        "customer", customer=str(customer)
    )) == {
        "value": 5, "level": 2, "missingToNext": None, "next": None,
        "achievement": {"code": "buyer", "version": 1},
        "reached": [
            {"level": 2, "name": "silver", "cycle": "", "points": 20, "lostAt": None},
            {"level": 1, "name": "bronze", "cycle": "", "points": 10, "lostAt": None},
        ],
    }  # fmt: skip
    assert await achievements.reward(customer) == 30
    assert await achievements.told() == [("reached", 1, 10), ("reached", 2, 20)]


async def test_an_order_counts_once_however_often_and_at_once_it_is_told(achievements, members):
    await achievements.define(levels=steps(1, 2))
    customer, order = await members.register(), uuid7()

    await asyncio.gather(*(members.order(customer, 100, order=order) for _ in range(6)))

    assert await achievements.level(customer) == (1, 1)
    assert await achievements.reward(customer) == 10


async def test_many_orders_at_once_all_count(achievements, members):
    await achievements.define(levels=steps(5, 10))
    customer = await members.register()

    await asyncio.gather(*(members.order(customer, 100) for _ in range(10)))

    assert await achievements.level(customer) == (10, 2)
    assert await achievements.reward(customer) == 30


async def test_a_cancelled_order_takes_back_the_level_and_its_points_and_the_next_one_gives_anew(
    achievements, members, spend
):
    await achievements.define(levels=steps(2))
    customer = await members.register()
    await members.order(customer, 100)
    order = await members.order(customer, 100)
    await spend(customer, 12)

    for _ in range(2):
        await members.cancel(customer, order)
    after = await achievements.look(customer), await achievements.reward(customer)
    debt = (await members.points(customer))["debt"]
    await members.order(customer, 100)

    assert (after[0]["value"], after[0]["level"], after[1]) == (1, 0, 0)
    assert after[0]["reached"][0]["lostAt"] is not None
    assert debt == 11
    assert await achievements.level(customer) == (2, 1)
    assert await achievements.reward(customer) == 10
    assert await achievements.told() == [("reached", 1, 10), ("lost", 1, 10), ("reached", 1, 10)]
    assert await members.is_sound()


async def test_an_order_cancelled_before_it_is_heard_of_counts_for_nothing(achievements, members):
    await achievements.define(levels=steps(1))
    customer, order = await members.register(), uuid7()

    await members.cancel(customer, order)
    await members.order(customer, 100, order=order)

    assert await achievements.level(customer) == (0, 0)
    assert await achievements.told() == []


async def test_money_points_touchpoints_feedback_and_referrals_are_counted(achievements, members):
    await achievements.define("spender", measure="SPENT", levels=steps(150_00))
    await achievements.define("earner", measure="POINTS", levels=steps(150))
    await achievements.define(
        "visitor", measure="TOUCHPOINTS", touchpointKinds=["visited"], levels=steps(2)
    )
    await achievements.define("voice", measure="FEEDBACK", levels=steps(1))
    await achievements.define("friend", measure="REFERRALS", levels=steps(1))
    customer, friend = await members.register(), await members.register()

    await members.order(customer, 100_00)
    await members.order(customer, 60_00)
    await members.order(customer, 999_00, currency="JPY")
    for kind in ("visited", "visited", "called"):
        await achievements.touch(customer, kind)
    await members.harness.hear(
        FEEDBACK,
        {
            "feedback_id": uuid7(), "customer_id": customer, "unit": "hq.zj", "kind": "nps",
            "score": 3, "channel_code": None, "given_at": utcnow(),
        },
    )  # fmt: skip
    await members.sql(
        "INSERT INTO referral (id, created_at, referrer_id, referred_id, told_by) "
        "VALUES (gen_random_uuid(), now(), :customer, :friend, '')",
        customer=customer, friend=friend,
    )  # fmt: skip
    await members.order(friend, 10_00)
    (qualified,) = await members.announced("referral.qualified")
    qualified.pop("subject")
    await members.harness.hear(QUALIFIED, qualified)

    codes = ("spender", "earner", "visitor", "voice", "friend")
    assert [await achievements.level(customer, each) for each in codes] == [
        (160_00, 1), (1_159, 1), (2, 1), (1, 1), (1, 1),
    ]  # fmt: skip
    await members.cancel(friend, qualified["order_id"])
    assert await achievements.level(customer, "friend") == (0, 0)


async def test_only_what_the_rule_holds_for_and_members_of_the_unit_count(achievements, members):
    big = {"fact": "event.amount_minor", "operator": "AT_LEAST", "value": {"number": 5_000}}
    await achievements.define(unit="hq.zj", condition={"compare": big}, levels=steps(1))
    inside, outside = await members.register(unit="hq.zj"), await members.register(unit="hq.gd")

    for customer in (inside, outside):
        await members.order(customer, 49_99)
        await members.order(customer, 50_00)

    assert await achievements.level(inside) == (1, 1)
    assert (await members.announced("achievement.reached"))[0]["customer_id"] == str(inside)
    assert len(await achievements.told()) == 1


async def test_each_month_is_reached_anew_by_the_members_clock(achievements, members):
    await achievements.define(span="MONTH", levels=steps(2))
    customer = await members.register()
    months = (datetime(2026, 1, 31, 15, tzinfo=ZoneInfo("UTC")),
              datetime(2026, 1, 31, 17, tzinfo=ZoneInfo("UTC")))  # fmt: skip

    for at in (*months, months[1], months[0]):
        await members.order(customer, 100, at=at)

    cycles = [each["cycle"] for each in (await achievements.look(customer))["reached"]]
    assert sorted(cycles) == ["2026-01", "2026-02"]
    assert await achievements.level(customer) == (0, 0)
    assert await achievements.reward(customer) == 20


async def test_all_levels_can_be_reached_again_as_often_as_the_achievement_says(
    achievements, members
):
    await achievements.define(rounds=2, levels=steps(1, 2))
    customer = await members.register()

    orders = [await members.order(customer, 100) for _ in range(5)]
    reached = [
        (each["cycle"], each["level"]) for each in (await achievements.look(customer))["reached"]
    ]
    full = await achievements.reward(customer)
    for order in orders[:2]:
        await members.cancel(customer, order)

    assert sorted(reached) == [("1.1", 1), ("1.1", 2), ("1.2", 1), ("1.2", 2)]
    assert (full, await achievements.reward(customer)) == (60, 40)


async def test_days_in_a_row_count_in_whatever_order_they_are_told(achievements, members):
    await achievements.define(
        "daily", measure="TOUCHPOINTS", span="DAYS_IN_A_ROW", levels=steps(3, 5)
    )
    customer = await members.register()

    seen = []
    for days_ago in (0, 2, 4, 1, 1, 3):
        await achievements.touch(customer, at=NOON - days_ago * DAY)
        seen.append(await achievements.level(customer, "daily"))

    assert seen == [(1, 0), (1, 0), (1, 0), (3, 1), (3, 1), (5, 2)]
    assert await achievements.reward(customer) == 30


async def test_a_streak_that_another_run_deserves_is_not_lost_with_a_cancelled_order(
    achievements, members
):
    await achievements.define(span="DAYS_IN_A_ROW", levels=steps(2))
    customer = await members.register()
    first = [await members.order(customer, 100, at=NOON - days * DAY) for days in (20, 21)]
    second = [await members.order(customer, 100, at=NOON - days * DAY) for days in (5, 6)]

    await members.cancel(customer, first[0])
    kept = await achievements.reward(customer)
    await members.cancel(customer, second[0])

    assert (kept, await achievements.reward(customer)) == (10, 0)


async def test_within_any_window_of_days_what_is_close_together_counts(achievements, members):
    await achievements.define(span="ROLLING", withinDays=7, levels=steps(3))
    customer = await members.register()

    for days in (30, 23, 20, 18):
        await members.order(customer, 100, at=NOON - days * DAY)

    seen = await achievements.look(customer)
    assert (seen["value"], seen["level"], seen["missingToNext"]) == (0, 1, None)


async def test_a_new_version_counts_from_now_and_gives_no_level_twice(achievements, members):
    await achievements.define(levels=steps(1, 3))
    customer = await members.register()
    await members.order(customer, 100)

    await achievements.draft(levels=steps(1, 2, points=50))
    activated = await achievements.activate()
    fresh = await achievements.level(customer)
    for _ in range(2):
        await members.order(customer, 100)

    assert activated["achievement"] == {"version": 2, "state": "ACTIVE", "history": "LEFT_OUT"}
    assert fresh == (0, 1)
    assert await achievements.level(customer) == (2, 2)
    assert await achievements.reward(customer) == 10 + 100


async def test_with_its_history_what_was_done_before_counts_once_beside_what_is_done_meanwhile(
    achievements, members
):
    one, two = await members.register(), await members.register()
    for customer, many in ((one, 3), (two, 1)):
        for _ in range(many):
            await members.order(customer, 100_00, at=NOON - 100 * DAY)
    gone = await members.order(two, 100_00)
    await members.cancel(two, gone)
    for code, measure in (("buyer", "ORDERS"), ("earner", "POINTS")):
        await achievements.draft(code, measure=measure, levels=steps(2, 250))
        await achievements.activate(code, history=True)

    await members.order(two, 100_00)
    await achievements.count_history()
    await achievements.count_history()

    counted = [await achievements.level(each) for each in (one, two)]
    points = [await achievements.level(each, "earner") for each in (one, two)]
    assert (counted, points) == ([(3, 1), (2, 1)], [(300, 2), (200, 1)])
    data = await members.harness.graph(DEFINED, as_=achievements.ann, code="buyer")
    assert data["achievements"]["edges"][0]["node"] == {
        "version": 1, "state": "ACTIVE", "history": "COUNTED", "historySeen": 5, "historyInAll": 5,
    }  # fmt: skip


async def test_of_what_is_not_remembered_no_history_can_be_counted(achievements):
    await achievements.draft("visitor", measure="TOUCHPOINTS")

    answer = await achievements.activate("visitor", history=True)

    assert answer == {
        "__typename": "Conflict",
        "message": "Of touchpoints nothing is remembered: count from now on.",
    }


async def test_what_happened_before_it_counted_or_after_it_was_retired_does_not_count(
    achievements, members
):
    await achievements.draft(levels=steps(1))
    await achievements.activate()
    customer = await members.register()

    await members.order(customer, 100, at=utcnow() - DAY)
    before = await achievements.level(customer)
    await members.harness.graph(RETIRE, as_=achievements.ann, code="buyer")
    await members.order(customer, 100)

    assert before == (0, 0)
    assert await achievements.told() == []


async def test_nobody_activates_what_they_drafted_or_what_lies_elsewhere(achievements, members):
    both = members.harness.token("marketer", "approver", subject="ann", unit="hq")
    south = members.harness.token("approver", subject="eve", unit="hq.gd")
    await achievements.draft()

    answers = [await achievements.activate(as_=each) for each in (both, south)]
    with pytest.raises(GraphFailed) as refused:
        await achievements.draft("other", as_=members.harness.token("marketer", unit="hq.gd"))

    assert [each["__typename"] for each in answers] == ["OwnAchievement", "NotFound"]
    assert refused.value.codes == ["FORBIDDEN"]
    data = await members.harness.graph(DEFINED, as_=achievements.ann)
    assert [each["node"]["state"] for each in data["achievements"]["edges"]] == ["DRAFT"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "No!"}, "code"),
        ({"name": ""}, "name"),
        ({"unit": "HQ"}, "unit"),
        ({"levels": []}, "levels"),
        ({"levels": steps(2, 2)}, "levels"),
        ({"levels": [{"name": "x", "threshold": 0}]}, "levels[0].threshold"),
        ({"levels": [{"name": "x", "threshold": 1, "points": -1}]}, "levels[0].points"),
        ({"span": "DAYS_IN_A_ROW", "levels": steps(367)}, "levels[0].threshold"),
        ({"span": "MONTH", "rounds": 2}, "rounds"),
        ({"withinDays": 2}, "withinDays"),
        ({"touchpointKinds": ["visited"]}, "touchpointKinds"),
    ],
)
async def test_a_draft_is_written_only_when_its_terms_make_sense(achievements, wrong, field):
    answer = await achievements.draft(**wrong)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)


async def test_what_two_did_adds_up_when_they_are_one_and_is_theirs_again_when_they_are_two(
    achievements, members
):
    await achievements.define(levels=steps(2, 4))
    survivor, absorbed, merge = await members.register(), await members.register(), uuid7()
    for customer in (survivor, absorbed):
        orders = [await members.order(customer, 100) for _ in range(2)]
    content = {"merge_id": merge, "customer_id": survivor}

    await members.harness.hear(MERGED, content | {"absorbed_id": absorbed, "at": utcnow()})
    together = await achievements.level(survivor), await achievements.reward(survivor)
    told = await achievements.told()
    await members.cancel(absorbed, orders[0])
    less = await achievements.level(survivor)
    await members.harness.hear(UNMERGED, content | {"restored_id": absorbed, "at": utcnow()})

    assert together == ((4, 2), 30)
    assert told == [("reached", 1, 10), ("reached", 1, 10), ("reached", 2, 20)]
    assert less == (3, 1)
    assert await achievements.level(survivor) == (2, 1)
    assert await achievements.level(absorbed) == (1, 1)
    assert await members.is_sound()


days = st.dictionaries(st.integers(0, 40), st.integers(1, 3), max_size=25)


@given(days, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_the_best_window_and_the_longest_run_are_those_of_looking_at_each(tallies, length) -> None:
    windows = [
        sum(tallies.get(day, 0) for day in range(first, first + length)) for first in range(-12, 41)
    ]
    runs = [
        size
        for first in range(41)
        for size in range(42)
        if all(tallies.get(day) for day in range(first, first + size))
    ]

    assert best_window(tallies, length) == max(windows)
    assert longest_run(tallies) == max(runs)
    assert run_until(tallies, 41) <= longest_run(tallies)


ladders = st.builds(
    Ladder,
    st.sampled_from(list(Span)),
    st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True).map(sorted),
    within_days=st.integers(1, 9),
)


@given(ladders, st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3)), max_size=25))
@settings(max_examples=100, deadline=None)
def test_looking_around_each_deed_finds_all_that_all_deeds_deserve(ladder, deeds) -> None:
    tallies: dict[int, int] = {}
    found: set[Deserved] = set()

    for day, amount in deeds:
        period = 0 if ladder.span == Span.EVER else day
        tallies[period] = tallies.get(period, 0) + amount
        low, high = ladder.touched([period])
        found |= ladder.deserved({k: v for k, v in tallies.items() if low <= k <= high})

    assert found == ladder.deserved(tallies)


def test_periods_begin_and_end_as_calendars_say() -> None:
    sunday, monday = date(2026, 11, 22), date(2026, 11, 23)

    assert period_of(Span.WEEK, monday) == period_of(Span.WEEK, sunday) + 1
    assert [label(span, period_of(span, sunday)) for span in (Span.WEEK, Span.MONTH, Span.YEAR)] == [
        "2026-W47", "2026-11", "2026",
    ]  # fmt: skip
    assert label(Span.MONTH, period_of(Span.MONTH, date(2026, 12, 31))) == "2026-12"
