import asyncio
import itertools
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kit.testing.harness import Harness

PLACED = "octoreach.channel.order.placed.v1"
CANCELLED = "octoreach.channel.order.cancelled.v1"
CHANGED = "octoreach.customer.customer.changed.v1"
JANUARY, FEBRUARY, MARCH, MAY = (f"2026-0{month}-10T08:00:00+00:00" for month in (1, 2, 3, 5))
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


orders_and_cancellations = st.fixed_dictionaries(
    {
        "at": st.lists(st.sampled_from([JANUARY, FEBRUARY, MARCH]), min_size=2, max_size=3),
        "gone": st.sets(st.integers(0, 2)),
        "twice": st.sets(st.integers(0, 5)),
        "shuffled": st.randoms(use_true_random=False),
    }
)


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=orders_and_cancellations)
async def test_a_product_is_held_while_an_order_of_it_stands_however_it_is_told(
    harness: Harness, a_customer, customer_of, told: dict
) -> None:
    known = await a_customer(f"crm:{uuid4()}")
    orders = [placed(known, "phone", at=at) for at in told["at"]]
    gone = [orders[each] for each in told["gone"] if each < len(orders)]
    events = [(PLACED, each) for each in orders] + [
        (CANCELLED, cancelled(each, at=MAY)) for each in gone
    ]
    events += [events[each] for each in told["twice"] if each < len(events)]
    told["shuffled"].shuffle(events)

    for event in events:
        await harness.hear(*event)

    standing = sorted(each["placed_at"] for each in orders if each not in gone)
    holdings = (await customer_of(known, HELD))["holdings"]
    assert [each for each in holdings if not each["until"]] == [
        held("phone", since=each) for each in standing[:1]
    ]


async def test_an_order_made_while_two_were_one_is_cancelled_with_whoever_has_it(
    harness: Harness, a_customer, customer_of
) -> None:
    one, other = await a_customer("crm:O-1"), await a_customer("crm:O-2")
    own, while_one = placed(other, "phone"), placed(other, "plan-5g", at=MARCH)
    await harness.hear(PLACED, own)
    merge = await merged(harness, one, other)
    await harness.hear(PLACED, while_one)
    await taken_apart(harness, merge)

    apart = [(await customer_of(each, HELD))["holdings"] for each in (one, other)]
    await harness.hear(CANCELLED, cancelled({**own, "customer_id": one}, at=MAY))
    await harness.hear(CANCELLED, cancelled(while_one, at=MAY))

    assert apart == [[held("plan-5g", since=MARCH)], [held("phone")]]
    assert [(await customer_of(each, HELD))["holdings"] for each in (one, other)] == [
        [held("plan-5g", since=MARCH, until=MAY)],
        [held("phone", until=MAY)],
    ]


async def test_what_is_ordered_again_while_two_are_one_stays_and_does_not_go_back(
    harness: Harness, a_customer, customer_of
) -> None:
    one, other = await a_customer("crm:O-3"), await a_customer("crm:O-4")
    await harness.hear(PLACED, placed(other, "phone"))
    merge = await merged(harness, one, other)
    await harness.hear(PLACED, placed(one, "phone", at=MARCH))

    await taken_apart(harness, merge)

    assert (await customer_of(one, HELD))["holdings"] == [held("phone", since=MARCH)]
    assert (await customer_of(other, HELD))["holdings"] == [held("phone")]


async def merged(harness: Harness, one: str, other: str) -> str:
    answer = await harness.graph(
        f'mutation {{ it: mergeCustomers(input: {{ survivorId: "{one}", absorbedId: "{other}", '
        'reason: "One" }) { ... on CustomersWereMerged { merge { id } } } }',
        as_=harness.token("front_line", unit="hq"),
    )
    id: str = answer["it"]["merge"]["id"]
    return id


async def taken_apart(harness: Harness, merge: str) -> None:
    answer = await harness.graph(
        f'mutation {{ it: unmergeCustomers(mergeId: "{merge}", reason: "Two") {{ __typename }} }}',
        as_=harness.token("front_line", unit="hq"),
    )
    assert answer["it"]["__typename"] == "CustomersWereUnmerged"


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
