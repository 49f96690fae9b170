"""Deciding: who gets what at a touchpoint, and why not."""

import asyncio
from typing import Any

import pytest

from kit.models import uuid7


async def test_a_touchpoint_a_campaign_listens_to_becomes_a_task(marketing: Any) -> None:
    id = await marketing.running()
    customer = await marketing.customer()

    await marketing.meet(customer)

    (task,) = await marketing.tasks()
    (decision,) = await marketing.recorded("decision.made")
    assert task["campaign_id"] == id
    assert task["customer_id"] == str(customer)
    assert (task["offer_code"], task["channel_code"], task["unit"]) == (
        "streaming-deal",
        "app",
        "hq.zj.hz",
    )
    assert (decision["outcome"], decision["task_id"]) == ("offered", task["task_id"])
    assert (await marketing.decisions(customer))[0]["candidates"] == [
        {
            "outcome": "offered",
            "stage": "arbitration",
            "reason": "Worth 200, the most of all, by app.",
            "offer": {"code": "streaming-deal"},
            "campaign": {"code": "films"},
        }
    ]


async def test_a_touchpoint_no_campaign_listens_to_is_decided_without_announcement(
    marketing: Any,
) -> None:
    await marketing.running()
    customer = await marketing.customer()

    await marketing.meet(customer, kind="visited")

    assert (await marketing.decisions(customer)) == [
        {"outcome": "NOTHING", "taskId": None, "candidates": []}
    ]
    assert await marketing.recorded("decision.made") == []


async def test_the_content_for_the_kind_of_channel_goes_out(marketing: Any) -> None:
    await marketing.product()
    await marketing.offer(
        contents=[{"channelKind": "APP", "title": "Films tonight?", "text": "Three for one."}]
    )
    planned = await marketing.plan_campaign()
    await marketing.have_approved(planned["campaign"]["id"])
    await marketing.step("startCampaign", planned["campaign"]["id"])
    first, second = await marketing.customer(), await marketing.customer()

    await marketing.meet(first)
    await marketing.meet(second, channel_code="store", channel_kind="own_store")

    titles = [(task["title"], task["text"]) for task in await marketing.tasks()]
    assert titles == [
        ("Films tonight?", "Three for one."),
        ("Streaming-Deal", "Streaming-Deal"),
    ]


HIGH = {
    "compare": {
        "fact": "attribute.monthly_charges",
        "operator": "AT_LEAST",
        "value": {"number": 100},
    }
}
LOW_BALANCE = {
    "compare": {"fact": "property.left_mb", "operator": "LESS_THAN", "value": {"number": 100}}
}


@pytest.mark.parametrize(
    ("plan", "facts", "touchpoint", "why"),
    [
        (
            {"trigger": {"touchpointKinds": ["ran_low"], "when": LOW_BALANCE}},
            {},
            {"properties": {"left_mb": 500}},
            ("trigger", "wanted: property.left_mb is less than 100, found 500"),
        ),
        (
            {"audience": HIGH},
            {},
            {},
            ("audience", "wanted: attribute.monthly_charges is at least 100, found 80"),
        ),
        (
            {"unit": "hq.js", "offers": [{"code": "streaming-deal"}]},
            {},
            {},
            ("audience", "The campaign is for hq.js, the customer belongs to hq.zj.hz."),
        ),
        (
            {},
            {"consents": []},
            {},
            ("consent", "No consent to marketing by app."),
        ),
        (
            {},
            {
                "consents": [
                    {"purpose": "marketing", "channel_kind": None, "granted": True},
                    {"purpose": "marketing", "channel_kind": "app", "granted": False},
                ]
            },
            {},
            ("consent", "No consent to marketing by app."),
        ),
        (
            {},
            {"special_lists": ["do_not_contact"]},
            {},
            ("special_lists", "The customer is on the list do_not_contact."),
        ),
        (
            {},
            {"special_lists": ["vip_protected"]},
            {},
            ("special_lists", "A protected VIP is approached by the account manager only."),
        ),
        (
            {"channels": ["nowhere"]},
            {},
            {},
            ("channel", "None of the campaign's channels is open."),
        ),
    ],
)
async def test_a_candidate_leaves_with_its_stage_and_reason(
    marketing: Any,
    plan: dict[str, Any],
    facts: dict[str, Any],
    touchpoint: dict[str, Any],
    why: tuple[str, str],
) -> None:
    await marketing.running(**plan)
    customer = await marketing.customer(**facts)

    await marketing.meet(customer, **touchpoint)

    assert await marketing.why(customer) == why
    assert await marketing.tasks() == []
    assert await marketing.outcomes() == {"nothing": 1}


@pytest.mark.parametrize(
    ("offer", "facts", "why"),
    [
        (
            {"excludedProducts": ["streaming"]},
            {"holdings": [{"product_code": "streaming", "since": "2020-01-01", "until": None}]},
            "The customer holds streaming.",
        ),
        (
            {"eligibility": HIGH},
            {},
            "wanted: attribute.monthly_charges is at least 100, found 80",
        ),
        ({"validUntil": "2020-01-01T00:00:00Z"}, {}, "The offer is not valid now."),
    ],
)
async def test_an_offer_goes_to_the_eligible_only(
    marketing: Any, offer: dict[str, Any], facts: dict[str, Any], why: str
) -> None:
    await marketing.product()
    await marketing.offer(**offer)
    id = (await marketing.plan_campaign())["campaign"]["id"]
    await marketing.have_approved(id)
    await marketing.step("startCampaign", id)
    customer = await marketing.customer(**facts)

    await marketing.meet(customer)

    assert await marketing.why(customer) == ("eligibility", why)


async def test_a_holding_that_has_ended_excludes_nobody(marketing: Any) -> None:
    await marketing.product()
    await marketing.offer(excludedProducts=["streaming"])
    id = (await marketing.plan_campaign())["campaign"]["id"]
    await marketing.have_approved(id)
    await marketing.step("startCampaign", id)
    customer = await marketing.customer(
        holdings=[{"product_code": "streaming", "since": "2020-01-01", "until": "2021-01-01"}]
    )

    await marketing.meet(customer)

    assert await marketing.outcomes() == {"offered": 1}


async def test_what_is_out_of_stock_is_not_offered_until_there_is_more(
    marketing: Any,
) -> None:
    await marketing.running()
    await marketing.product(stock=0)
    customer = await marketing.customer()

    await marketing.meet(customer)
    first = await marketing.why(customer)
    await marketing.product(stock=3)
    await marketing.meet(customer)

    assert first == ("eligibility", "streaming is out of stock.")
    assert await marketing.outcomes() == {"nothing": 1, "offered": 1}


async def test_newer_facts_decide_and_older_ones_are_ignored(marketing: Any) -> None:
    await marketing.running(audience=HIGH)
    customer = await marketing.customer()

    await marketing.hear(
        "customer.customer.changed",
        **marketing.facts(customer, version=3, attributes={"monthly_charges": 120}),
    )
    await marketing.hear(
        "customer.customer.changed",
        **marketing.facts(customer, version=2, attributes={"monthly_charges": 10}),
    )
    await marketing.meet(customer)

    assert await marketing.outcomes() == {"offered": 1}


async def test_the_tier_may_arrive_before_the_customer(marketing: Any) -> None:
    gold = {"compare": {"fact": "tier", "operator": "EQUALS", "value": {"text": "gold"}}}
    await marketing.running(audience=gold)
    customer = uuid7()

    await marketing.hear("loyalty.tier.changed", customer_id=customer, version=2, to_tier="gold")
    await marketing.hear("loyalty.tier.changed", customer_id=customer, version=1, to_tier="star")
    await marketing.hear("customer.customer.registered", **marketing.facts(customer))
    await marketing.meet(customer)

    assert await marketing.outcomes() == {"offered": 1}


async def test_a_touchpoint_of_an_unknown_customer_is_decided_when_the_facts_arrive(
    marketing: Any,
) -> None:
    await marketing.running()
    customer = uuid7()

    await marketing.meet(customer)
    before = await marketing.decisions(customer)
    await marketing.hear("customer.customer.registered", **marketing.facts(customer))
    await marketing.hear("customer.customer.registered", **marketing.facts(customer, version=2))

    assert before == []
    assert [each["outcome"] for each in await marketing.decisions(customer)] == ["OFFERED"]
    assert len(await marketing.tasks()) == 1


async def test_facts_and_touchpoint_arriving_at_once_lose_nothing(marketing: Any) -> None:
    await marketing.running()
    customers = [uuid7() for _ in range(30)]

    await asyncio.gather(
        *(marketing.meet(customer) for customer in customers),
        *(
            marketing.hear("customer.customer.registered", **marketing.facts(customer))
            for customer in customers
        ),
    )

    assert await marketing.outcomes() == {"offered": 30}
    assert len({task["customer_id"] for task in await marketing.tasks()}) == 30


async def test_a_touchpoint_told_by_two_events_is_decided_once(marketing: Any) -> None:
    await marketing.running()
    customer = await marketing.customer()
    touchpoint = marketing.touchpoint(customer)

    await asyncio.gather(
        *(marketing.hear("channel.touchpoint.reported", **touchpoint) for _ in range(8))
    )

    assert len(await marketing.decisions(customer)) == 1
    assert len(await marketing.tasks()) == 1
