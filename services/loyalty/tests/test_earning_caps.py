"""No more is earned than a cap allows, however many events come at once."""

import asyncio
from datetime import UTC, datetime, timedelta

from services.loyalty.tests.rules import placed


async def test_a_cap_a_day_is_exact_however_many_orders_come_at_once(rules, members):
    customer = await members.register()
    await rules.give("five", points=5, pointsPerDay=12)

    await asyncio.gather(
        *(members.order(customer, 0) for _ in range(6)),
        members.harness.running.hearing.hear([placed(customer, 0) for _ in range(6)]),
    )

    assert await members.balance(customer) == 12
    given = [each["points"] for each in await rules.explained(customer)]
    assert sorted(given) == [0] * 9 + [2, 5, 5]
    assert await members.is_sound()


async def test_a_cap_counts_each_day_of_the_members_clock_by_itself(rules, members):
    customer = await members.register()
    await members.sql("UPDATE earning_rule SET valid_until = now()")
    await rules.give(points=5, timesPerDay=1)
    await members.sql("UPDATE earning_rule SET valid_from = '2020-01-01' WHERE code = 'bonus'")
    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)

    for at in (midnight - timedelta(minutes=1), midnight, midnight + timedelta(minutes=1)):
        await members.order(customer, 0, at=at)

    assert await members.balance(customer) == 10


async def test_a_cap_in_all_holds_over_days_and_versions(rules, members):
    customer = await members.register()
    await rules.give(points=5, timesInAll=2)
    await members.order(customer, 0)
    await rules.give(points=7, timesInAll=2)

    for _ in range(3):
        await members.order(customer, 0)

    assert await members.balance(customer) == 12


async def test_a_cap_over_all_rules_of_an_event_cuts_the_last(rules, members):
    customer = await members.register()
    await rules.give(points=5)
    set_ = await rules.cap("ORDER", 12)

    await members.order(customer, 10_00)
    await members.order(customer, 10_00)
    capped = await members.balance(customer)
    await rules.cap("ORDER", None)
    await members.order(customer, 10_00)

    assert set_ == {"__typename": "EarningCapWasSet", "pointsPerDay": 12}
    assert (capped, await members.balance(customer)) == (12, 27)
    assert (await rules.cap("ORDER", 0))["field"] == "pointsPerDay"


async def test_what_is_taken_back_makes_room_under_the_cap(rules, members):
    customer = await members.register()
    await rules.give(points=5, timesInAll=1)
    order = await members.order(customer, 0)
    await members.order(customer, 0)
    full = await members.balance(customer)
    await members.cancel(customer, order)

    await members.order(customer, 0)

    assert (full, await members.balance(customer)) == (5, 5)
