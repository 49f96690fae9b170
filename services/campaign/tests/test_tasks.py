"""Tasks: what became of each, in whatever order it is told."""

import asyncio
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import text

from campaign.tasks.sending import expire_tasks
from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed

TASK = "state history { state by } offer { code } campaign { code } channel { code }"


async def a_task(marketing: Any) -> dict[str, Any]:
    await marketing.running()
    await marketing.meet(await marketing.customer())
    return dict((await marketing.tasks())[-1])


async def seen(marketing: Any, task: dict[str, Any], fields: str = "state") -> Any:
    return await marketing.harness.entity(
        {"__typename": "Task", "id": task["task_id"]}, fields, as_=marketing.analyst
    )


async def test_a_task_tells_its_whole_story(marketing: Any) -> None:
    task = await a_task(marketing)

    for status in ("delivered", "presented", "accepted"):
        await marketing.report(task, status)
    await marketing.fulfil(task)

    assert await seen(marketing, task, TASK) == {
        "state": "FULFILLED",
        "history": [
            {"state": "DELIVERED", "by": "fred"},
            {"state": "PRESENTED", "by": "fred"},
            {"state": "ACCEPTED", "by": "fred"},
            {"state": "FULFILLED", "by": "loyalty"},
        ],
        "offer": {"code": "streaming-deal"},
        "campaign": {"code": "films"},
        "channel": {"code": "app"},
    }
    (closed,) = await marketing.recorded("task.closed")
    assert (closed["task_id"], closed["status"]) == (task["task_id"], "fulfilled")


async def test_accepting_grants_the_benefit_once_however_often_it_is_told(marketing: Any) -> None:
    task = await a_task(marketing)

    await asyncio.gather(*(marketing.report(task, "accepted") for _ in range(6)))

    (granted,) = await marketing.recorded("benefit.granted")
    names = ("kind", "points", "amount_minor", "currency", "reference", "committed_minor")
    assert {name: granted[name] for name in names} == {
        "kind": "points",
        "points": 50,
        "amount_minor": 0,
        "currency": "CNY",
        "reference": "",
        "committed_minor": 100,
    }


async def test_a_granted_benefit_says_what_it_is_about_and_may_cost(marketing: Any) -> None:
    await marketing.product()
    await marketing.offer(benefit={"kind": "GIFT", "reference": "mug"}, costMinor=80)
    id = (await marketing.plan_campaign())["campaign"]["id"]
    await marketing.have_approved(id)
    await marketing.step("startCampaign", id)
    await marketing.meet(await marketing.customer())
    (task,) = await marketing.tasks()

    await marketing.report(task, "accepted")

    (granted,) = await marketing.recorded("benefit.granted")
    names = ("kind", "reference", "committed_minor", "currency")
    assert [granted[name] for name in names] == ["gift", "mug", 80, "CNY"]


async def test_the_order_of_reports_changes_nothing(marketing: Any) -> None:
    await marketing.running()
    told = []

    for order in permutations(("delivered", "presented", "accepted")):
        customer = await marketing.customer()
        await marketing.meet(customer)
        task = (await marketing.tasks())[-1]
        await marketing.hear_all(
            *(("channel.task.progressed", marketing.progress(task, each)) for each in order)
        )
        told.append(await seen(marketing, task))

    assert told == [{"state": "ACCEPTED"}] * 6
    assert len(await marketing.recorded("benefit.granted")) == 6


async def test_a_late_report_of_an_earlier_state_changes_nothing(marketing: Any) -> None:
    task = await a_task(marketing)

    await marketing.report(task, "accepted")
    await marketing.report(task, "delivered")
    await marketing.report(task, "expired")

    assert await seen(marketing, task) == {"state": "ACCEPTED"}


async def test_a_report_on_a_task_of_nobody_is_ignored(marketing: Any) -> None:
    task = await a_task(marketing)

    await marketing.report({**task, "task_id": uuid7()}, "accepted")

    assert await marketing.recorded("benefit.granted") == []


async def test_an_offer_without_a_benefit_is_fulfilled_when_accepted(marketing: Any) -> None:
    await marketing.product()
    await marketing.offer(benefit=None)
    id = (await marketing.plan_campaign())["campaign"]["id"]
    await marketing.have_approved(id)
    await marketing.step("startCampaign", id)
    await marketing.meet(await marketing.customer())
    (task,) = await marketing.tasks()

    await marketing.report(task, "accepted")

    assert await seen(marketing, task) == {"state": "FULFILLED"}
    assert await marketing.recorded("benefit.granted") == []
    assert (await marketing.budget(id))["spent"] == 100


async def test_what_nobody_answers_in_time_expires_and_frees_its_money(marketing: Any) -> None:
    task = await a_task(marketing)
    async with marketing.harness.db.transaction() as session:
        await session.execute(
            text("UPDATE task SET deadline = :then"), {"then": utcnow() - timedelta(seconds=1)}
        )

    await marketing.run(expire_tasks)
    await marketing.run(expire_tasks)

    assert await seen(marketing, task) == {"state": "EXPIRED"}
    (closed,) = await marketing.recorded("task.closed")
    assert closed["status"] == "expired"
    assert (await marketing.budget(task["campaign_id"]))["committed"] == 0


async def test_a_yes_after_the_deadline_is_honoured_from_the_reserve(marketing: Any) -> None:
    task = await a_task(marketing)

    await marketing.report(task, "expired")
    await marketing.report(task, "accepted")
    await marketing.fulfil(task, 80)

    budget = await marketing.budget(task["campaign_id"])
    assert (budget["committed"], budget["spent"], budget["overrun"]) == (0, 0, 80)
    assert await seen(marketing, task) == {"state": "FULFILLED"}


async def test_a_task_is_seen_by_its_unit_its_customer_and_nobody_else(marketing: Any) -> None:
    task = await a_task(marketing)
    token = marketing.harness.token
    callers = {
        "store": token("front_line", unit="hq.zj.hz"),
        "beside": token("front_line", unit="hq.js"),
        "customer": token("customer", unit=None, customer=task["customer_id"]),
        "another": token("customer", unit=None, customer=str(uuid7())),
        "both": token("customer", "analyst", unit="hq", customer=str(uuid7())),
    }

    found = {
        name: await marketing.harness.entity(
            {"__typename": "Task", "id": task["task_id"]}, "state", as_=caller
        )
        for name, caller in callers.items()
    }

    assert found == {
        "store": {"state": "DISPATCHED"},
        "beside": None,
        "customer": {"state": "DISPATCHED"},
        "another": None,
        "both": None,
    }


async def test_customers_list_their_own_tasks_only(marketing: Any) -> None:
    task = await a_task(marketing)
    fields = "tasks { edges { node { state } } }"
    own = marketing.harness.token("customer", unit=None, customer=task["customer_id"])
    other = marketing.harness.token("customer", unit=None, customer=str(uuid7()))
    customer = {"__typename": "Customer", "id": task["customer_id"]}

    found = await marketing.harness.entity(customer, fields, as_=own)
    with pytest.raises(GraphFailed) as failed:
        await marketing.harness.entity(customer, fields, as_=other)

    assert found == {"tasks": {"edges": [{"node": {"state": "DISPATCHED"}}]}}
    assert failed.value.codes == ["FORBIDDEN"]


async def test_why_a_customer_said_no_is_masked_for_who_sees_no_names_and_looks_are_told(
    marketing: Any,
) -> None:
    harness = marketing.harness
    task = await a_task(marketing)
    await marketing.report(task, "declined", reason="Is ill", by="ada")
    reference = {"__typename": "Task", "id": task["task_id"]}

    shown = {
        role: (
            await harness.entity(
                reference, "history { state reason }", as_=harness.token(role, unit="hq")
            )
        )["history"][-1]["reason"]
        for role in ("front_line", "marketer")
    }

    assert shown == {"front_line": "Is ill", "marketer": "***"}
    told = await harness.events_recorded("octoreach.campaign.accesses.noted.v1")
    looks = [look for each in told for look in each["looks"]]
    assert [(e["person_id"], e["role"], e["fields"], e["whole"]) for e in looks] == [
        (task["customer_id"], role, ["task_history"], role == "front_line")
        for role in ("front_line", "marketer")
    ]
