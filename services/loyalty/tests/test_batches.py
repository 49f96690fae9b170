"""Batches that tell of the same members in other orders do not wait for each other."""

import asyncio
from uuid import UUID

import orjson
from prometheus_client import REGISTRY
from services.loyalty.tests.members import CANCELLED, PLACED, order_placed

from kit.models import utcnow, uuid7
from kit.reactions import Message

ROUNDS = 4
TRANSFER = """mutation ($input: TransferPointsInput!) {
  transferPoints(input: $input) { __typename } }"""


def message(subject, content):
    told = orjson.dumps(content, default=str)
    return Message(id=uuid7(), subject=subject, time=utcnow().isoformat(), trace="", content=told)


def placed(customer: UUID, order: UUID) -> Message:
    return message(PLACED, order_placed(order, customer, 10_000))


def cancelled(customer: UUID, order: UUID) -> Message:
    content = {"order_id": order, "customer_id": customer, "cancelled_at": utcnow()}
    return message(CANCELLED, content)


def failures() -> float:
    return sum(
        each.value
        for family in REGISTRY.collect()
        for each in family.samples
        if each.name == "reaction_failures_total"
    )


async def test_two_batches_that_give_to_one_and_take_from_the_other_both_go_through_at_once(
    members,
):
    one, other = [await members.register() for _ in range(2)]
    before, hearing = failures(), members.harness.running.hearing

    for _ in range(ROUNDS):
        orders = [uuid7() for _ in range(4)]
        await hearing.hear([placed(one, orders[0]), placed(other, orders[1])])
        await asyncio.gather(
            hearing.hear([placed(one, orders[2]), cancelled(other, orders[1])]),
            hearing.hear([placed(other, orders[3]), cancelled(one, orders[0])]),
        )

    assert failures() == before
    assert await members.balance(one) == await members.balance(other) == ROUNDS * 100
    assert await members.is_sound()


async def test_a_batch_and_those_who_give_to_each_other_do_not_wait_for_one_another(members):
    harness = members.harness
    pair = [await members.register() for _ in range(2)]
    for each in pair:
        await members.order(each, 100_000)
    accounts = [await members.account(each) for each in pair]
    before, hearing = failures(), harness.running.hearing

    async def give(giver: int) -> str:
        gift = {"fromAccountId": accounts[giver], "toAccountId": accounts[1 - giver], "points": 1}
        asked = gift | {"reason": "a gift", "idempotencyKey": str(uuid7())}
        done = await harness.graph(TRANSFER, as_=members.operator, input=asked)
        return str(done["transferPoints"]["__typename"])

    given = []
    for _ in range(ROUNDS):
        orders = [uuid7() for _ in range(4)]
        await hearing.hear([placed(pair[0], orders[0]), placed(pair[1], orders[1])])
        _, _, *those = await asyncio.gather(
            hearing.hear([placed(pair[0], orders[2]), cancelled(pair[1], orders[1])]),
            hearing.hear([placed(pair[1], orders[3]), cancelled(pair[0], orders[0])]),
            *(give(number % 2) for number in range(6)),
        )
        given += those

    assert failures() == before
    assert set(given) == {"PointsWereTransferred"}
    assert await members.is_sound()
