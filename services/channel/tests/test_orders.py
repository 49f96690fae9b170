import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kit.models import utcnow
from kit.testing.harness import Harness

Send = Callable[..., Awaitable[Any]]
Make = Callable[..., dict[str, Any]]
PLACED = "octoreach.channel.order.placed.v1"
RECOGNISED = "octoreach.channel.customer.recognised.v1"
CANCELLED = "octoreach.channel.order.cancelled.v1"
ORDER = """
query ($id: UUID!) { order(id: $id) {
  reference state channelCode partnerCode unit placedAt imported
  amount { minor currency }
  lines { quantity product { code } amount { minor } }
  customer { id } task { id } channel { name } partner { tier }
} }
"""


async def test_an_order_is_kept_and_told(
    harness: Harness,
    world: None,
    place: Send,
    an_order: Make,
    register_customer: Send,
    operator: str,
) -> None:
    customer = str(await register_customer("crm:C-1"))
    lines = [
        {"product": "streaming-plus", "quantity": 1, "amount_minor": 2_900},
        {"product": "router", "quantity": 2, "amount_minor": 9_800},
    ]

    answer = await place(an_order("A-1", lines=lines, placed_at="2026-11-20T08:00:00+08:00"))

    assert answer.status_code == 201
    order = answer.json()
    assert order == {
        "id": order["id"],
        "reference": "A-1",
        "state": "placed",
        "customer_id": customer,
        "task_id": None,
        "amount_minor": 12_700,
        "currency": "CNY",
        "placed_at": order["placed_at"],
        "cancelled_at": None,
    }
    told = (await harness.events_recorded(PLACED))[0]
    assert told == {
        "subject": PLACED,
        "order_id": order["id"],
        "customer_id": customer,
        "task_id": None,
        "channel_code": "acme-app",
        "partner_code": "acme",
        "unit": "hq.zj.hz",
        "amount_minor": 12_700,
        "currency": "CNY",
        "lines": [
            {"product_code": "streaming-plus", "quantity": 1, "amount_minor": 2_900},
            {"product_code": "router", "quantity": 2, "amount_minor": 9_800},
        ],
        "placed_at": told["placed_at"],
        "imported": False,
    }
    seen = (await harness.graph(ORDER, as_=operator, id=order["id"]))["order"]
    assert seen.pop("placedAt").startswith("2026-11-20T0")
    assert seen == {
        "reference": "A-1",
        "state": "PLACED",
        "channelCode": "acme-app",
        "partnerCode": "acme",
        "unit": "hq.zj.hz",
        "imported": False,
        "amount": {"minor": 12_700, "currency": "CNY"},
        "lines": [
            {"quantity": 1, "product": {"code": "streaming-plus"}, "amount": {"minor": 2_900}},
            {"quantity": 2, "product": {"code": "router"}, "amount": {"minor": 9_800}},
        ],
        "customer": {"id": customer},
        "task": None,
        "channel": {"name": "acme-app"},
        "partner": {"tier": "gold"},
    }


async def test_an_orders_device_is_told_before_the_order_and_kept_nowhere(
    harness: Harness, world: None, place: Send, an_order: Make, register_customer: Send
) -> None:
    customer = str(await register_customer("crm:C-1"))
    order = an_order("A-1", device="phone-7")

    answers = [await place(order, key="k") for _ in range(2)]
    other = await place(order | {"device": "phone-8"}, key="k")
    await place(an_order("A-2"))

    told = [
        (each["subject"].split(".")[3], each.get("device"))
        for each in await harness.events_recorded()
        if each["subject"] in (PLACED, RECOGNISED)
    ]
    assert [each.status_code for each in [*answers, other]] == [201, 201, 422]
    assert told == [("recognised", "phone-7"), ("placed", None), ("placed", None)]
    (recognised,) = await harness.events_recorded(RECOGNISED)
    assert recognised["customer_id"] == customer


async def test_an_order_sent_many_times_at_once_is_one_order(
    harness: Harness, world: None, place: Send, an_order: Make
) -> None:
    order = an_order()

    answers = await asyncio.gather(
        *(place(order, key="k-1") for _ in range(5)), *(place(order) for _ in range(5))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await harness.events_recorded(PLACED)) == 1


async def test_another_order_under_the_same_reference_or_key_is_refused(
    harness: Harness, world: None, place: Send, an_order: Make
) -> None:
    first = (await place(an_order("A-1"), key="k-1")).json()

    reference = await place(an_order("A-1", amount=1))
    key = await place(an_order("A-2"), key="k-1")

    assert (reference.status_code, reference.json()["title"]) == (409, "OrderReferenceTaken")
    assert reference.json()["order_id"] == first["id"]
    assert (key.status_code, key.json()["title"]) == (422, "IdempotencyKeyReused")
    assert len(await harness.events_recorded(PLACED)) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"lines": []},
        {"lines": [{"product": "x", "quantity": 0, "amount_minor": 1}]},
        {"lines": [{"product": "x", "quantity": 1, "amount_minor": -1}]},
        {"currency": "yuan"},
        {"placed_at": (utcnow() + timedelta(hours=1)).isoformat()},
        {"placed_at": "2026-11-20T08:00:00"},
        {"channel": "hz-store"},
        {"customer": {"id": str(uuid4())}},
        {"customer": {"id": "x", "scheme": "crm"}},
        {"reference": ""},
        {"surplus": True},
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_and_nothing_is_done(
    harness: Harness, world: None, place: Send, an_order: Make, told: dict[str, Any]
) -> None:
    before = await harness.events_recorded()

    answer = await place(an_order(**told))

    assert answer.status_code == 422
    assert answer.json()["title"] == "InvalidInput"
    assert await harness.events_recorded() == before


async def test_an_order_without_a_key_or_the_scope_is_refused(
    harness: Harness, world: None, an_order: Make, acme: str
) -> None:
    keyless = await harness.post("/v1/orders", an_order(), as_=acme)
    other = harness.token("partner", partner="acme", scope="tasks:work")
    unscoped = await harness.post("/v1/orders", an_order(), as_=other, key="k")

    assert (keyless.status_code, unscoped.status_code) == (422, 403)
    assert await harness.events_recorded(PLACED) == []


async def test_an_order_names_the_task_it_comes_of(
    harness: Harness,
    world: None,
    place: Send,
    an_order: Make,
    dispatch: Send,
    register_customer: Send,
) -> None:
    customer = str(await register_customer("crm:C-1"))
    task = await dispatch("acme-app", customer_id=customer)
    anothers = await dispatch("acme-app")

    good = await place(an_order("A-1", task_id=task))
    wrong = await place(an_order("A-2", task_id=anothers))
    unheard = await place(an_order("A-3", task_id=str(uuid4())))

    assert (good.status_code, good.json()["task_id"]) == (201, task)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "task_id")
    assert unheard.status_code == 201


async def test_an_order_is_cancelled_once_however_often_it_is_asked(
    harness: Harness, world: None, place: Send, an_order: Make, acme: str
) -> None:
    order = (await place(an_order())).json()

    answers = await asyncio.gather(
        *(harness.post(f"/v1/orders/{order['id']}/cancel", {}, as_=acme) for _ in range(8))
    )

    assert Counter(answer.status_code for answer in answers) == {200: 8}
    assert {answer.json()["state"] for answer in answers} == {"cancelled"}
    told = await harness.events_recorded(CANCELLED)
    assert [(each["order_id"], each["amount_minor"]) for each in told] == [(order["id"], 10_000)]


async def test_an_order_of_another_partner_is_out_of_reach(
    harness: Harness, world: None, place: Send, an_order: Make, a_partner: Send
) -> None:
    order = (await place(an_order())).json()
    await a_partner("other")
    other = harness.token("partner", partner="other", scope="orders:write")

    answer = await harness.post(f"/v1/orders/{order['id']}/cancel", {}, as_=other)
    seen = await harness.graph(ORDER, as_=other, id=order["id"])

    assert (answer.status_code, seen["order"]) == (404, None)
    assert await harness.events_recorded(CANCELLED) == []


async def test_a_customers_orders_are_seen_newest_first(
    harness: Harness, world: None, place: Send, an_order: Make, register_customer: Send
) -> None:
    customer = str(await register_customer("crm:C-1"))
    now = utcnow()
    for number in range(3):
        at = (now - timedelta(days=3 - number)).isoformat()
        await place(an_order(f"A-{number}", placed_at=at))

    seen = await harness.entity(
        {"__typename": "Customer", "id": customer},
        "orders(first: 2) { edges { node { reference } } }",
        as_=harness.token("marketer", unit="hq.zj"),
    )

    assert seen == {
        "orders": {"edges": [{"node": {"reference": "A-2"}}, {"node": {"reference": "A-1"}}]}
    }


async def test_orders_are_seen_in_ones_unit_alone(
    harness: Harness, world: None, place: Send, an_order: Make
) -> None:
    order = (await place(an_order())).json()
    reference = {"__typename": "Order", "id": order["id"]}

    here = await harness.entity(reference, "state", as_=harness.token("analyst", unit="hq.zj"))
    elsewhere = await harness.entity(reference, "state", as_=harness.token("analyst", unit="hq.gd"))

    assert (here, elsewhere) == ({"state": "PLACED"}, None)
