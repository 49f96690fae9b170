"""The contact policy: how often, when, and when not."""

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from campaign.tasks.sending import dispatch_planned
from kit.models import utcnow, uuid7

OFTEN = {"tasksPerCustomer": 10, "perDay": 10, "perWeek": 10, "perMonth": 10}


async def answer_everything(marketing: Any, ending: str = "no_answer") -> None:
    for task in await marketing.tasks():
        await marketing.report(task, ending)


async def age_tasks(marketing: Any, **by: float) -> None:
    async with marketing.harness.db.transaction() as session:
        await session.execute(
            text("UPDATE task SET dispatch_at = dispatch_at - CAST(:age AS interval)"),
            {"age": timedelta(**by)},
        )


async def test_an_open_task_of_the_campaign_bars_another(marketing: Any) -> None:
    await marketing.running(contactPolicy=OFTEN)
    customer = await marketing.customer()

    await marketing.meet(customer)
    await marketing.meet(customer)

    assert await marketing.why(customer) == (
        "contact_policy",
        "A task of this campaign is open.",
    )


async def test_a_campaign_has_its_turn_once_unless_said_otherwise(marketing: Any) -> None:
    await marketing.running()
    customer = await marketing.customer()
    await marketing.meet(customer)
    await answer_everything(marketing)

    await marketing.meet(customer)

    assert await marketing.why(customer) == (
        "contact_policy",
        "The customer had 1 of at most 1 tasks of this campaign.",
    )


@pytest.mark.parametrize(
    ("cap", "period", "gone"),
    [
        ({"perDay": 1}, "day", {"days": 1.01}),
        ({"perWeek": 1}, "week", {"days": 7.01}),
        ({"perMonth": 1}, "month", {"days": 30.01}),
    ],
)
async def test_contacts_are_capped_by_period(
    marketing: Any, cap: dict[str, int], period: str, gone: dict[str, float]
) -> None:
    await marketing.running(contactPolicy=OFTEN | cap)
    customer = await marketing.customer()
    await marketing.meet(customer)
    await answer_everything(marketing)

    await marketing.meet(customer)
    why = await marketing.why(customer)
    await age_tasks(marketing, **gone)
    await marketing.meet(customer)

    assert why == (
        "contact_policy",
        f"The customer has had 1 contacts this {period}, the most allowed.",
    )
    assert await marketing.outcomes() == {"offered": 2, "nothing": 1}


async def test_a_full_channel_makes_room_for_another_kind(marketing: Any) -> None:
    await marketing.channel("sms-1", "sms")
    await marketing.running(
        channels=["touchpoint", "sms-1"],
        contactPolicy=OFTEN
        | {"quietHours": False, "perDayByChannelKind": [{"channelKind": "APP", "perDay": 1}]},
    )
    customer = await marketing.customer()

    await marketing.meet(customer)
    await answer_everything(marketing)
    await marketing.meet(customer)

    assert [task["channel_code"] for task in await marketing.tasks()] == ["app", "sms-1"]


async def test_after_a_refusal_there_is_silence(marketing: Any) -> None:
    await marketing.running(contactPolicy=OFTEN | {"coolDownDays": 3})
    customer = await marketing.customer()
    await marketing.meet(customer)
    (task,) = await marketing.tasks()
    await marketing.report(task, "declined", occurred_at=utcnow() - timedelta(days=2.9))

    await marketing.meet(customer)

    assert await marketing.why(customer) == (
        "contact_policy",
        "The customer refused an offer within 3 days.",
    )


async def test_after_a_complaint_there_is_silence(marketing: Any) -> None:
    await marketing.running()
    customer = await marketing.customer()

    await marketing.meet(customer, kind="complained")
    await marketing.meet(customer)

    assert await marketing.why(customer) == (
        "contact_policy",
        "The customer complained within 30 days.",
    )


def clock(hours_from_now: float) -> str:
    """A time of day in the customer's zone, UTC+8."""
    local = datetime.now(timezone(timedelta(hours=8))) + timedelta(hours=hours_from_now)
    return local.strftime("%H:%M")


async def test_quiet_hours_pick_a_channel_that_does_not_reach_out(marketing: Any) -> None:
    await marketing.channel("sms-1", "sms")
    await marketing.channel("mail-1", "email")
    await marketing.running(
        channels=["sms-1", "mail-1"],
        contactPolicy={"quietFrom": clock(-1), "quietUntil": clock(1)},
    )

    await marketing.meet(await marketing.customer())

    assert [task["channel_code"] for task in await marketing.tasks()] == ["mail-1"]


async def test_quiet_hours_put_off_what_has_no_other_channel(marketing: Any) -> None:
    await marketing.channel("sms-1", "sms")
    await marketing.running(
        channels=["sms-1"], contactPolicy={"quietFrom": clock(-1), "quietUntil": clock(1)}
    )
    customer = await marketing.customer()

    await marketing.meet(customer)
    await marketing.run(dispatch_planned)
    quiet = await marketing.tasks()
    await age_tasks(marketing, hours=2)
    await marketing.run(dispatch_planned)
    await marketing.run(dispatch_planned)

    assert quiet == []
    assert await marketing.outcomes() == {"offered": 1}
    assert [task["channel_code"] for task in await marketing.tasks()] == ["sms-1"]


async def test_quiet_hours_are_the_customers_own(marketing: Any) -> None:
    await marketing.channel("sms-1", "sms")
    await marketing.running(
        channels=["sms-1"], contactPolicy={"quietFrom": clock(-1), "quietUntil": clock(1)}
    )

    await marketing.meet(await marketing.customer(time_zone="America/New_York"))

    assert len(await marketing.tasks()) == 1


async def test_whoever_is_at_the_channel_is_not_disturbed_by_it(marketing: Any) -> None:
    await marketing.running(contactPolicy={"quietFrom": clock(-1), "quietUntil": clock(1)})

    await marketing.meet(await marketing.customer(), channel_code="sms-1", channel_kind="sms")

    assert [task["channel_code"] for task in await marketing.tasks()] == ["sms-1"]


async def test_an_offer_is_barred_for_a_time_by_one_it_excludes(marketing: Any) -> None:
    await marketing.running(contactPolicy=OFTEN)
    await marketing.offer("other-deal", excludedOffers=["streaming-deal"], excludedWithinDays=10)
    planned = await marketing.plan_campaign(
        "other",
        offers=[{"code": "other-deal"}],
        trigger={"touchpointKinds": ["visited"]},
        contactPolicy=OFTEN,
    )
    await marketing.have_approved(planned["campaign"]["id"])
    await marketing.step("startCampaign", planned["campaign"]["id"])
    customer = await marketing.customer()
    await marketing.meet(customer)

    await marketing.meet(customer, kind="visited")
    why = await marketing.why(customer)
    await age_tasks(marketing, days=10.1)
    await marketing.meet(customer, kind="visited")

    assert why == (
        "eligibility",
        "The customer got an offer that excludes this one for 10 days.",
    )
    assert [task["offer_code"] for task in await marketing.tasks()] == [
        "streaming-deal",
        "other-deal",
    ]


def complaint(customer: UUID, **changes: Any) -> dict[str, Any]:
    return {"customer_id": customer, "task_id": None, "at": utcnow(), **changes}


async def test_after_a_complaint_there_is_silence_and_again_after_it_is_reopened(
    marketing: Any,
) -> None:
    await marketing.running(contactPolicy=OFTEN | {"complaintCoolDownDays": 10})
    customer = await marketing.customer()
    long_ago = complaint(customer, at=utcnow() - timedelta(days=11))
    await marketing.hear("customer.complaint.opened", **long_ago)
    await marketing.meet(customer)
    assert len(await marketing.tasks()) == 1

    await marketing.hear("customer.complaint.reopened", **complaint(customer))
    await marketing.hear("customer.complaint.opened", **long_ago)
    await answer_everything(marketing)
    await marketing.meet(customer)

    assert len(await marketing.tasks()) == 1
    assert await marketing.why(customer) == (
        "contact_policy",
        "The customer complained within 10 days.",
    )


async def test_complaints_about_a_task_count_in_the_campaigns_figures(marketing: Any) -> None:
    id = await marketing.running()
    customer = await marketing.customer()
    await marketing.meet(customer)
    (task,) = await marketing.tasks()
    own = complaint(customer, task_id=task["task_id"])
    strangers = complaint(await marketing.customer(), task_id=task["task_id"])

    for told in (own, strangers, complaint(customer), complaint(customer, task_id=uuid7())):
        await marketing.hear("customer.complaint.opened", **told)

    found = await marketing.harness.graph(
        "query ($id: UUID!) { campaign(id: $id) { funnel { totals { contacts complaints } } } }",
        as_=marketing.analyst,
        id=id,
    )
    assert found["campaign"]["funnel"]["totals"] == {"contacts": 1, "complaints": 1}
