import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from services.loyalty.tests.achievements import DAY, NOON, steps

from kit.models import utcnow, uuid7

FEEDBACK = "octoreach.customer.feedback.given.v1"
QUALIFIED = "octoreach.loyalty.referral.qualified.v1"
MERGED = "octoreach.customer.customer.merged.v1"
UNMERGED = "octoreach.customer.customer.unmerged.v1"


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
