import asyncio
from datetime import timedelta

import orjson
import pytest

from kit.models import utcnow, uuid7
from kit.reactions import Message
from loyalty.points.commands.ageing import expire_points

PLACED = "octoreach.channel.order.placed.v1"


@pytest.mark.parametrize(
    ("amount_minor", "points"),
    [(0, None), (99, None), (100, 1), (199, 1), (11_77, 11), (1_000_000_00, 1_000_000)],
)
async def test_an_order_earns_a_point_for_each_whole_unit_of_money(members, amount_minor, points):
    customer = await members.register()

    order = await members.order(customer, amount_minor)

    assert await members.balance(customer) == (points or 0)
    assert [
        (each["points"], each["reason"], each["source_id"], each["balance"])
        for each in await members.announced("points.earned")
    ] == ([(points, "order", str(order), points)] if points else [])


async def test_an_order_heard_again_and_again_earns_once(members):
    customer = await members.register()
    order, event = uuid7(), uuid7()

    await asyncio.gather(
        *(members.order(customer, 100_00, order=order, event_id=event) for _ in range(10)),
        *(members.order(customer, 100_00, order=order) for _ in range(10)),
    )

    assert await members.balance(customer) == 100
    assert len(await members.announced("points.earned")) == 1
    assert await members.is_sound()


async def test_a_cancelled_order_takes_back_what_it_gave(members):
    customer = await members.register()
    await members.order(customer, 50_00)
    order = await members.order(customer, 100_00)

    await members.cancel(customer, order)
    await members.cancel(customer, order)

    assert await members.points(customer) == {"balance": 50, "debt": 0}
    assert [
        (each["points"], each["source_id"], each["balance"])
        for each in await members.announced("points.reversed")
    ] == [(100, str(order), 50)]


async def test_a_cancelled_order_takes_back_its_own_lot_first(members):
    customer = await members.register()
    await members.order(customer, 50_00)
    order = await members.order(customer, 100_00)

    await members.cancel(customer, order)

    lots = (await members.points(customer, "lots { points remaining }"))["lots"]
    assert lots == [{"points": 50, "remaining": 50}]


async def test_points_taken_back_after_they_were_spent_are_owed_and_recovered(members, spend):
    customer = await members.register()
    order = await members.order(customer, 100_00)
    await spend(customer, 70)

    await members.cancel(customer, order)
    owed = await members.points(customer)
    refused = await spend(customer, 1)
    await members.order(customer, 50_00)
    recovering = await members.points(customer)
    await members.order(customer, 50_00)

    assert owed == {"balance": 0, "debt": 70}
    assert (refused["__typename"], refused["balance"]) == ("NotEnoughPoints", 0)
    assert recovering == {"balance": 0, "debt": 20}
    assert await members.points(customer) == {"balance": 30, "debt": 0}
    assert await members.is_sound()


async def test_what_has_expired_is_not_taken_back_again(members, spend):
    customer = await members.register()
    order = await members.order(customer, 100_00)
    await spend(customer, 30)
    async with members.harness.db.transaction() as session:
        await expire_points(session, utcnow() + timedelta(days=740))

    await members.cancel(customer, order)

    assert await members.points(customer) == {"balance": 0, "debt": 30}
    assert [each["points"] for each in await members.announced("points.reversed")] == [30]
    assert await members.is_sound()


async def test_nothing_is_taken_back_when_all_has_expired(members):
    customer = await members.register()
    order = await members.order(customer, 100_00)
    async with members.harness.db.transaction() as session:
        await expire_points(session, utcnow() + timedelta(days=740))

    await members.cancel(customer, order)

    assert await members.points(customer) == {"balance": 0, "debt": 0}
    assert await members.announced("points.reversed") == []


async def test_an_order_cancelled_before_it_is_heard_of_earns_nothing(members):
    customer = await members.register()
    order = uuid7()

    await members.cancel(customer, order)
    await members.order(customer, 100_00, order=order)
    await members.order(customer, 100_00, order=order)
    await members.cancel(customer, order)

    assert await members.points(customer) == {"balance": 0, "debt": 0}
    assert await members.announced("points.earned", "points.reversed") == []


async def test_an_order_and_its_cancellation_heard_at_once_leave_nothing(members):
    customer = await members.register()
    orders = [uuid7() for _ in range(10)]

    await asyncio.gather(
        *(members.order(customer, 100_00, order=order) for order in orders),
        *(members.cancel(customer, order) for order in orders),
    )

    assert await members.points(customer) == {"balance": 0, "debt": 0}
    assert await members.is_sound()


async def test_a_batch_of_orders_earns_what_each_alone_would(members):
    customers = [uuid7() for _ in range(3)]
    messages = [an_order(uuid7(), customers[n % 3], n * 100) for n in range(100)]

    for _ in range(2):
        outcomes = await members.harness.running.hearing.hear(messages)

    assert [each.failure for each in outcomes] == [None] * 100
    for customer in customers:
        await members.register(customer)
    balances = [await members.balance(each) for each in customers]
    assert balances == [sum(range(start, 100, 3)) for start in range(3)]
    assert (await members.ledger())["postings"] == 99
    assert await members.is_sound()


async def test_four_workers_who_hear_the_same_orders_in_other_orders_earn_each_once(members):
    customers = [await members.register() for _ in range(5)]
    orders = [(uuid7(), customers[number % 5]) for number in range(40)]
    hearing = members.harness.running.hearing

    outcomes = await asyncio.gather(
        *(
            hearing.hear([an_order(*orders[(start + step * 7) % 40]) for step in range(40)])
            for start in (0, 11, 22, 33)
        )
    )

    assert {each.failure for batch in outcomes for each in batch} == {None}
    assert [await members.balance(each) for each in customers] == [80] * 5
    assert await members.is_sound()


def an_order(order, customer, amount_minor=10_00) -> Message:
    now = utcnow().isoformat()
    content = {
        "order_id": order,
        "customer_id": customer,
        "channel_code": "store",
        "partner_code": None,
        "unit": "hq.zj",
        "amount_minor": amount_minor,
        "currency": "CNY",
        "lines": [],
        "placed_at": now,
    }
    return Message(uuid7(), PLACED, now, "", orjson.dumps(content, default=str))


@pytest.mark.parametrize("amount_minor", [-1, 10**12 + 1, 2**62])
async def test_an_order_over_an_impossible_amount_is_put_aside_and_earns_nothing(
    members, amount_minor
):
    customer = await members.register()
    order = an_order(uuid7(), customer, amount_minor)

    outcome = await members.harness.try_to_hear(PLACED, orjson.loads(order.content))

    assert outcome.hopeless
    assert (await members.ledger())["postings"] == 0


async def test_an_order_of_long_ago_earns_points_that_can_still_be_spent(members, spend):
    customer = await members.register()

    await members.order(customer, 100_00, at=utcnow() - timedelta(days=10_000))

    assert (await spend(customer, 100))["__typename"] == "PointsWereSpent"
