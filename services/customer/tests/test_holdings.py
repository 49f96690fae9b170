import asyncio
import itertools
from uuid import uuid4

import pytest

from kit.testing.harness import Harness

PLACED = "octoreach.channel.order.placed.v1"
CANCELLED = "octoreach.channel.order.cancelled.v1"
CHANGED = "octoreach.customer.customer.changed.v1"
JANUARY, MARCH = "2026-01-10T08:00:00+00:00", "2026-03-10T08:00:00+00:00"
HELD = "version status holdings { productCode since until source }"


def placed(customer_id: str, *products: str, at: str = JANUARY, order_id: str = "") -> dict:
    return {
        "order_id": order_id or str(uuid4()),
        "customer_id": customer_id,
        "channel_code": "web",
        "amount_minor": 9900,
        "currency": "CNY",
        "lines": [{"product_code": product, "quantity": 3} for product in products],
        "placed_at": at,
    }


def cancelled(order: dict, at: str = MARCH) -> dict:
    return {
        "order_id": order["order_id"],
        "customer_id": order["customer_id"],
        "amount_minor": 9900,
        "currency": "CNY",
        "cancelled_at": at,
    }


def held(product: str, since: str = JANUARY, until: str | None = None) -> dict:
    return {"productCode": product, "since": since, "until": until, "source": "order"}


async def test_who_orders_holds_the_products_and_is_active(
    harness: Harness, a_customer, customer_of
) -> None:
    known = await a_customer()

    await harness.hear(PLACED, placed(known, "plan-5g", "phone", "plan-5g"))

    assert await customer_of(known, HELD) == {
        "version": 2,
        "status": "ACTIVE",
        "holdings": [held("plan-5g"), held("phone")],
    }
    [changed] = await harness.events_recorded(CHANGED)
    assert changed["status"] == "active"
    assert changed["holdings"] == [
        {"product_code": "plan-5g", "since": "2026-01-10T08:00:00Z", "until": None},
        {"product_code": "phone", "since": "2026-01-10T08:00:00Z", "until": None},
    ]


async def test_an_order_heard_twice_counts_once(harness: Harness, a_customer) -> None:
    known = await a_customer()
    order = placed(known, "phone")
    event = await harness.hear(PLACED, order)

    await asyncio.gather(*(harness.hear(PLACED, order, event_id=event) for _ in range(5)))

    assert len(await harness.events_recorded(CHANGED)) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_of_several_orders_the_first_one_says_since_when_whatever_comes_first(
    harness: Harness, a_customer, customer_of, order: tuple[int, ...]
) -> None:
    known = await a_customer()
    orders = [placed(known, "phone", at=at) for at in (MARCH, JANUARY, MARCH)]

    for place in order:
        await harness.hear(PLACED, orders[place])

    assert (await customer_of(known, HELD))["holdings"] == [held("phone")]


@pytest.mark.parametrize("cancelled_first", [False, True])
async def test_a_cancelled_order_gives_nothing_whichever_is_heard_first(
    harness: Harness, a_customer, customer_of, cancelled_first: bool
) -> None:
    known = await a_customer()
    order = placed(known, "phone")
    events = [(PLACED, order), (CANCELLED, cancelled(order))]

    for event in reversed(events) if cancelled_first else events:
        await harness.hear(*event)

    open_holdings = [
        each for each in (await customer_of(known, HELD))["holdings"] if not each["until"]
    ]
    assert open_holdings == []


async def test_a_cancelled_order_ends_the_holding_at_that_moment(
    harness: Harness, a_customer, customer_of
) -> None:
    known = await a_customer()
    order = placed(known, "phone")
    await harness.hear(PLACED, order)
    await harness.hear(PLACED, placed(known, "plan-5g"))

    await harness.hear(CANCELLED, cancelled(order))

    assert await customer_of(known, HELD) == {
        "version": 4,
        "status": "ACTIVE",
        "holdings": [held("phone", until=MARCH), held("plan-5g")],
    }


async def test_what_ended_may_begin_again(harness: Harness, a_customer, customer_of) -> None:
    known = await a_customer()
    order = placed(known, "phone")
    await harness.hear(PLACED, order)
    await harness.hear(CANCELLED, cancelled(order))

    await harness.hear(PLACED, placed(known, "phone", at=MARCH))

    assert (await customer_of(known, HELD))["holdings"] == [
        held("phone", until=MARCH),
        held("phone", since=MARCH),
    ]


async def test_orders_of_one_customer_at_once_lose_nothing(
    harness: Harness, a_customer, customer_of
) -> None:
    known = await a_customer()

    await asyncio.gather(
        *(harness.hear(PLACED, placed(known, f"product-{number}")) for number in range(10))
    )

    answer = await customer_of(known, HELD)
    assert answer["version"] == 11
    assert sorted(each["productCode"] for each in answer["holdings"]) == sorted(
        f"product-{number}" for number in range(10)
    )
