"""Evaluation: what counts for a campaign, exactly, whatever order it is told in."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from campaign.decisions.sampling import arm_of, is_control, share_of
from campaign.figures.commands import fold_figures
from campaign.figures.lift import difference
from kit.models import utcnow, uuid7

NONE = {"customers": 0, "converted": 0, "rate": None}


def held_out(code: str, share: float, *, yes: bool) -> str:
    """A sampling key that is, or is not, in the campaign's control group."""
    return next(key for key in map(str, range(10_000)) if is_control(code, key, share) is yes)


async def offered(marketing: Any, **facts: Any) -> dict[str, Any]:
    """The task of a customer who got an offer."""
    customer = await marketing.customer(**facts)
    await marketing.meet(customer)
    return dict((await marketing.tasks())[-1])


async def test_the_funnel_follows_a_task_from_contact_to_order(marketing: Any) -> None:
    id = await marketing.running()
    task = await offered(marketing)
    customer = UUID(task["customer_id"])
    for status in ("delivered", "presented", "accepted"):
        await marketing.report(task, status)
    await marketing.fulfil(task, 60)
    await marketing.buy(customer, 1_900, task_id=task["task_id"])
    await marketing.hear(
        "channel.commission.accrued", task_id=task["task_id"], campaign_id=id, amount_minor=40
    )
    figures = {
        "contacts": 1,
        "delivered": 1,
        "presented": 1,
        "accepted": 1,
        "declined": 0,
        "converted": 1,
        "revenue": {"minor": 1_900},
        "cost": {"minor": 100},
    }

    before = await marketing.funnel(id)
    await marketing.run(fold_figures)
    after = await marketing.funnel(id)

    assert (
        before
        == after
        == {
            "totals": figures,
            "byChannel": [{"channel": {"code": "app"}, **figures}],
            "treatment": {"customers": 1, "converted": 1, "rate": 1.0},
            "control": NONE,
            "lift": None,
            "costPerAcquisition": {"minor": 100, "currency": "CNY"},
            "roi": 18.0,
        }
    )


async def test_a_customer_held_out_is_told_nothing_and_counted(marketing: Any) -> None:
    id = await marketing.running(controlShare=0.3)
    control = await marketing.customer(sampling_key=held_out("films", 0.3, yes=True))
    treated = await offered(marketing, sampling_key=held_out("films", 0.3, yes=False))

    await marketing.meet(control)
    await marketing.meet(control)
    await marketing.buy(control)

    assert await marketing.outcomes() == {"offered": 1, "held_out": 2}
    assert [task["task_id"] for task in await marketing.tasks()] == [treated["task_id"]]
    funnel = await marketing.funnel(id)
    assert funnel["control"] == {"customers": 1, "converted": 1, "rate": 1.0}
    assert funnel["treatment"] == {"customers": 1, "converted": 0, "rate": 0.0}
    assert funnel["totals"]["converted"] == 0
    assert funnel["lift"]["rate"] == -1.0
    (told,) = await marketing.recorded("conversion.attributed")
    assert (told["arm"], told["task_id"]) == ("control", None)


async def test_a_held_out_customer_may_get_another_campaigns_offer(marketing: Any) -> None:
    await marketing.running("films", controlShare=0.3)
    await marketing.offer("cheap-deal", expectedValueMinor=10)
    other = (await marketing.plan_campaign("cheap", offers=[{"code": "cheap-deal"}]))["campaign"]
    await marketing.have_approved(other["id"])
    await marketing.step("startCampaign", other["id"])
    customer = await marketing.customer(sampling_key=held_out("films", 0.3, yes=True))

    await marketing.meet(customer)

    (decision,) = await marketing.decisions(customer)
    assert [(each["campaign"]["code"], each["outcome"]) for each in decision["candidates"]] == [
        ("films", "held_out"),
        ("cheap", "offered"),
    ]


async def test_an_order_counts_once_for_the_task_it_names(marketing: Any) -> None:
    id = await marketing.running()
    task = await offered(marketing)
    order = marketing.order(UUID(task["customer_id"]), task_id=task["task_id"])

    await asyncio.gather(*(marketing.hear("channel.order.placed", **order) for _ in range(6)))

    assert (await marketing.funnel(id))["totals"]["converted"] == 1
    assert len(await marketing.recorded("conversion.attributed")) == 1


@pytest.mark.parametrize(("days", "converted"), [(-1, 0), (1, 1), (29.9, 1), (30.1, 0)])
async def test_an_order_counts_within_thirty_days_of_the_presentation(
    marketing: Any, days: float, converted: int
) -> None:
    id = await marketing.running()
    task = await offered(marketing)
    presented = utcnow() - timedelta(days=35)
    await marketing.report(task, "presented", occurred_at=presented)

    await marketing.buy(UUID(task["customer_id"]), placed_at=presented + timedelta(days=days))

    assert (await marketing.funnel(id))["totals"]["converted"] == converted


async def test_a_report_that_comes_after_the_order_still_credits_it(marketing: Any) -> None:
    id = await marketing.running()
    task = await offered(marketing)
    await marketing.buy(UUID(task["customer_id"]))

    before = await marketing.funnel(id)
    await marketing.report(task, "presented")
    after = await marketing.funnel(id)

    assert (before["totals"]["converted"], before["treatment"]["converted"]) == (0, 1)
    assert (after["totals"]["converted"], after["treatment"]["converted"]) == (1, 1)


async def test_an_order_heard_of_before_the_touchpoint_is_decided_still_counts(
    marketing: Any,
) -> None:
    id = await marketing.running(controlShare=0.3)
    customer = uuid7()
    key = held_out("films", 0.3, yes=True)
    touchpoint = marketing.touchpoint(customer)

    await marketing.buy(customer)
    await marketing.hear("channel.touchpoint.reported", **touchpoint)
    await marketing.hear(
        "customer.customer.registered", **marketing.facts(customer, sampling_key=key)
    )

    assert (await marketing.funnel(id))["control"] == {
        "customers": 1,
        "converted": 1,
        "rate": 1.0,
    }


async def test_a_cancelled_order_counts_no_more_whichever_is_heard_first(marketing: Any) -> None:
    id = await marketing.running()
    first, second = await offered(marketing), await offered(marketing)
    bought = await marketing.buy(UUID(first["customer_id"]), task_id=first["task_id"])
    order = marketing.order(UUID(second["customer_id"]), task_id=second["task_id"])

    await marketing.cancel(UUID(first["customer_id"]), bought)
    await marketing.cancel(UUID(second["customer_id"]), order["order_id"])
    await marketing.hear("channel.order.placed", **order)

    funnel = await marketing.funnel(id)
    assert (funnel["totals"]["converted"], funnel["totals"]["revenue"]["minor"]) == (0, 0)
    assert funnel["treatment"] == {"customers": 2, "converted": 0, "rate": 0.0}


async def test_imported_history_counts_for_nobody(marketing: Any) -> None:
    id = await marketing.running()
    task = await offered(marketing)
    await marketing.report(task, "presented")

    await marketing.buy(UUID(task["customer_id"]), imported=True)

    assert (await marketing.funnel(id))["totals"]["converted"] == 0


async def test_arms_get_their_offers_and_their_figures(marketing: Any) -> None:
    await marketing.product()
    await marketing.offer("a-deal")
    await marketing.offer("b-deal")
    arms = [{"code": "a", "offers": ["a-deal"]}, {"code": "b", "weight": 2, "offers": ["b-deal"]}]
    planned = await marketing.plan_campaign(
        offers=[{"code": "a-deal"}, {"code": "b-deal"}], arms=arms
    )
    await marketing.have_approved(planned["campaign"]["id"])
    await marketing.step("startCampaign", planned["campaign"]["id"])

    for number in range(12):
        await marketing.meet(await marketing.customer(sampling_key=str(number)))

    expected = [
        arm_of("films", str(n), [{"code": "a", "weight": 1}, {"code": "b", "weight": 2}])
        for n in range(12)
    ]
    offers = [task["offer_code"] for task in await marketing.tasks()]
    assert offers == [f"{arm['code']}-deal" for arm in expected]
    data = await marketing.harness.graph(
        "query ($id: UUID!) { campaign(id: $id) { funnel { byArm { arm contacts } } } }",
        as_=marketing.analyst,
        id=planned["campaign"]["id"],
    )
    counted = {each["arm"]: each["contacts"] for each in data["campaign"]["funnel"]["byArm"]}
    assert counted == {"a": offers.count("a-deal"), "b": offers.count("b-deal")}


async def test_the_figures_are_for_the_campaigns_own_unit(marketing: Any) -> None:
    id = await marketing.running()
    below = marketing.harness.token("analyst", unit="hq.zj")

    data = await marketing.harness.graph(
        "query ($id: UUID!) { campaign(id: $id) { funnel { roi } } }", as_=below, id=id
    )

    assert data == {"campaign": None}


def test_the_share_held_out_is_the_share_asked_for() -> None:
    keys = [str(number) for number in range(20_000)]

    held = sum(is_control("films", key, 0.1) for key in keys)
    both = sum(is_control("films", key, 0.1) and is_control("fibre", key, 0.1) for key in keys)

    assert 0.09 < held / 20_000 < 0.11
    assert 0.007 < both / 20_000 < 0.013
    assert share_of("films", "1") == share_of("films", "1")


def test_the_interval_is_newcombes() -> None:
    found = difference(56, 70, 48, 80)

    assert found is not None
    assert round(found.rate, 4) == 0.2
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
