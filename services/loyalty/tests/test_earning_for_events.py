"""What gives points beside orders: taking part, feedback, campaigns and birthdays."""

import asyncio
from datetime import datetime

import pytest
from services.loyalty.tests.rules import compare

from kit.models import utcnow, uuid7
from loyalty.earning.commands.birthdays import earn_for_birthdays


async def test_taking_part_gives_once_per_touchpoint_of_the_kind(rules, members):
    customer = await members.register()
    await rules.give(event="TOUCHPOINT", touchpointKinds=["took_part"], points=10)
    touchpoint = uuid7()

    await asyncio.gather(*(rules.touch(customer, touchpoint=touchpoint) for _ in range(5)))
    await rules.touch(customer, kind="visited")

    assert await members.balance(customer) == 10
    assert [each["reason"] for each in await members.announced("points.earned")] == ["took_part"]


async def test_a_touchpoint_that_no_rule_is_for_leaves_no_trace(rules, members):
    customer = uuid7()

    await rules.touch(customer)

    assert await members.harness.events_recorded() == []
    assert await members.points(customer) is None


async def test_a_condition_can_ask_for_the_properties_of_a_touchpoint(rules, members):
    customer = await members.register()
    await rules.give(
        event="TOUCHPOINT", points=10, condition=compare("property.score", "AT_LEAST", number=9)
    )

    await rules.touch(customer, kind="feedback", score=8)
    await rules.touch(customer, kind="feedback", score=9)

    assert await members.balance(customer) == 10


async def test_feedback_gives_once_whatever_it_says_unless_a_condition_asks(rules, members):
    customer = await members.register()
    await rules.give(event="FEEDBACK", points=3)
    await rules.give(
        "happy", event="FEEDBACK", points=4, condition=compare("property.score", number=10)
    )
    content = {
        "feedback_id": uuid7(), "customer_id": customer, "unit": "hq.zj", "kind": "nps",
        "score": 10, "channel_code": None, "given_at": utcnow(),
    }  # fmt: skip

    for _ in range(2):
        await members.harness.hear("octoreach.customer.feedback.given.v1", content)

    assert await members.balance(customer) == 7


async def test_a_campaign_bonus_goes_to_the_treated_and_back_with_the_order(rules, members):
    customer, campaign = await members.register(), uuid7()
    await rules.give(
        event="CONVERSION", campaignId=str(campaign), kind="PROPORTIONAL", points=1, perMinor=50
    )
    first, second = await members.order(customer, 0), await members.order(customer, 0)

    await rules.convert(customer, campaign, first)
    await rules.convert(customer, campaign, second, arm="control")
    await rules.convert(customer, uuid7(), second)
    given = await members.balance(customer)
    await members.cancel(customer, first)
    await rules.convert(customer, campaign, first)

    assert given == 200
    assert await members.points(customer) == {"balance": 0, "debt": 0}
    assert await members.is_sound()


@pytest.mark.parametrize(
    ("birthday", "today", "points"),
    [
        ("1990-03-05", "2027-03-05", 88),
        ("1990-03-05", "2027-03-07", 88),
        ("1990-03-05", "2027-03-08", 0),
        ("1990-03-05", "2027-03-04", 0),
        ("1992-02-29", "2027-02-28", 88),
        ("1992-02-29", "2028-02-28", 0),
        ("1992-02-29", "2028-02-29", 88),
        ("soon", "2027-03-05", 0),
    ],
)
async def test_a_birthday_gives_once_a_year_on_the_day(rules, members, birthday, today, points):
    customer = await members.register(attributes={"birthday": birthday})
    await rules.give(event="BIRTHDAY", points=88)

    for _ in range(2):
        async with members.harness.db.transaction() as session:
            now = datetime.fromisoformat(f"{today}T03:00:00+00:00")
            await earn_for_birthdays(session, now)

    assert await members.balance(customer) == points
