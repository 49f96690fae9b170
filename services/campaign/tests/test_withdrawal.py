"""Who no longer wants to be approached is left alone, also by what was on its way."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from campaign.tasks.sending import dispatch_planned
from kit.models import utcnow, uuid7

NO = [{"purpose": "marketing", "channel_kind": None, "granted": False}]
YES = [{"purpose": "marketing", "channel_kind": None, "granted": True}]
NO_SMS = [*YES, {"purpose": "marketing", "channel_kind": "sms", "granted": False}]
QUIET = {
    "quietFrom": f"{utcnow() - timedelta(hours=1):%H:%M}",
    "quietUntil": f"{utcnow() + timedelta(hours=1):%H:%M}",
}
"""In UTC, for as long as these tests may take."""


async def change(marketing: Any, customer: UUID, version: int = 2, **changes: Any) -> None:
    facts = marketing.facts(customer, version=version, **changes)
    await marketing.hear("customer.customer.changed", **facts)


async def a_task(marketing: Any, **campaign: Any) -> tuple[str, UUID, dict[str, Any]]:
    id = await marketing.running(**campaign)
    customer = await marketing.customer()
    await marketing.meet(customer)
    return id, customer, dict((await marketing.tasks())[-1])


async def test_who_is_restricted_is_left_alone_by_what_was_on_its_way(marketing: Any) -> None:
    id, customer, task = await a_task(marketing)

    await change(marketing, customer, special_lists=["restricted"])
    await marketing.meet(customer)

    assert (await seen(marketing, task["task_id"]))["state"] == "WITHDRAWN"
    assert len(await marketing.tasks()) == 1
    assert (await marketing.budget(id))["committed"] == 0


async def seen(marketing: Any, task_id: str) -> Any:
    return await marketing.harness.entity(
        {"__typename": "Task", "id": task_id},
        "state history { state by reason }",
        as_=marketing.analyst,
    )


async def test_a_task_that_is_out_is_withdrawn_and_its_money_free_again(marketing: Any) -> None:
    id, customer, task = await a_task(marketing)
    await marketing.report(task, "delivered")

    await change(marketing, customer, consents=NO)

    told = await seen(marketing, task["task_id"])
    assert told["state"] == "WITHDRAWN"
    assert told["history"][-1] == {
        "state": "WITHDRAWN",
        "by": "platform",
        "reason": "No consent to marketing by app.",
    }
    (closed,) = await marketing.recorded("task.closed")
    assert (closed["task_id"], closed["status"]) == (task["task_id"], "withdrawn")
    assert (await marketing.budget(id))["committed"] == 0


@pytest.mark.parametrize("name", ["do_not_contact", "sensitive", "test", "vip_protected"])
async def test_a_special_list_withdraws_as_well(marketing: Any, name: str) -> None:
    _, customer, task = await a_task(marketing)

    await change(marketing, customer, special_lists=[name])

    assert (await seen(marketing, task["task_id"]))["state"] == "WITHDRAWN"


async def test_only_what_goes_by_a_refused_channel_is_withdrawn(marketing: Any) -> None:
    id, customer, task = await a_task(marketing)

    await change(marketing, customer, consents=NO_SMS, tags=["new"])

    assert (await seen(marketing, task["task_id"]))["state"] == "DISPATCHED"
    assert await marketing.recorded("task.closed") == []
    assert (await marketing.budget(id))["committed"] == 100


async def test_what_waits_for_the_morning_never_goes_out(marketing: Any) -> None:
    await marketing.channel("hz-sms", "sms")
    await marketing.running(channels=["hz-sms"], contactPolicy=QUIET)
    customer = await marketing.customer(time_zone="UTC")
    await marketing.meet(customer)
    (decision,) = await marketing.decisions(customer)
    assert await marketing.tasks() == []

    await change(marketing, customer, consents=NO_SMS)

    with time_machine.travel(utcnow() + timedelta(days=1), tick=False):
        await marketing.run(dispatch_planned)
    assert (await seen(marketing, decision["taskId"]))["state"] == "WITHDRAWN"
    assert await marketing.tasks() == []


async def test_an_offer_the_customer_has_seen_may_still_be_answered(marketing: Any) -> None:
    _, customer, task = await a_task(marketing)
    await marketing.report(task, "presented")

    await change(marketing, customer, consents=NO)
    await marketing.report(task, "accepted")

    assert (await seen(marketing, task["task_id"]))["state"] == "ACCEPTED"
    assert await marketing.recorded("task.closed") == []


async def test_late_news_withdraws_nothing_and_brings_nothing_back(marketing: Any) -> None:
    _, customer, kept = await a_task(marketing)
    await change(marketing, customer, version=3, consents=YES)
    await change(marketing, customer, version=2, consents=NO)
    assert (await seen(marketing, kept["task_id"]))["state"] == "DISPATCHED"

    await change(marketing, customer, version=5, consents=NO)
    await change(marketing, customer, version=4, consents=YES)

    assert (await seen(marketing, kept["task_id"]))["state"] == "WITHDRAWN"
    await marketing.meet(customer)
    assert (await marketing.why(customer))[0] == "consent"


async def test_the_same_withdrawal_told_by_all_sides_at_once_counts_once(marketing: Any) -> None:
    id, customer, task = await a_task(marketing)
    facts = marketing.facts(customer, version=2, consents=NO)

    await asyncio.gather(
        *(marketing.hear("customer.customer.changed", **facts) for _ in range(4)),
        *(marketing.report(task, "withdrawn") for _ in range(4)),
    )

    assert (await marketing.budget(id))["committed"] == 0
    funnel = await marketing.harness.graph(
        "query ($id: UUID!) { campaign(id: $id) { funnel { totals { withdrawn } } } }",
        as_=marketing.analyst,
        id=id,
    )
    assert funnel["campaign"]["funnel"]["totals"] == {"withdrawn": 1}


async def test_who_says_no_while_a_decision_is_taken_keeps_no_open_task(marketing: Any) -> None:
    await marketing.running()
    customers = [await marketing.customer() for _ in range(10)]

    await asyncio.gather(
        *(marketing.meet(customer) for customer in customers),
        *(change(marketing, customer, consents=NO) for customer in customers),
    )

    tasks = {task["task_id"] for task in await marketing.tasks()}
    closed = {each["task_id"] for each in await marketing.recorded("task.closed")}
    assert tasks == closed


async def test_a_contact_that_never_was_does_not_count(marketing: Any) -> None:
    _, customer, _ = await a_task(marketing)
    await change(marketing, customer, consents=NO)
    await change(marketing, customer, version=3, consents=YES)

    await marketing.meet(customer)

    assert len(await marketing.tasks()) == 2


async def test_what_comes_over_in_a_merge_is_withdrawn_if_the_survivor_has_said_no(
    marketing: Any,
) -> None:
    id, absorbed, task = await a_task(marketing)
    survivor = await marketing.customer(consents=NO)

    merge = {"merge_id": uuid7(), "customer_id": survivor, "absorbed_id": absorbed}
    await marketing.hear("customer.customer.merged", **merge)

    assert (await seen(marketing, task["task_id"]))["state"] == "WITHDRAWN"
    assert (await marketing.budget(id))["committed"] == 0
