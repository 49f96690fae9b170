import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.points.commands.ageing import expire_points
from loyalty.reservations.commands import end_reservations

RESERVE = """mutation ($input: ReservePointsInput!) { reservePoints(input: $input) {
  __typename
  ... on PointsWereReserved { reservationId balance account { balance locked } }
  ... on Refusal { message }
  ... on InvalidInput { field }
} }"""
SETTLE = """mutation ($id: UUID!) { %s(id: $id) {
  __typename
  ... on ReservationWasSettled { balance account { balance locked } }
  ... on Refusal { message }
} }"""
SEEN = "balance locked debt"


@pytest.fixture
def reserve(members):
    async def act(customer, points, *, key=None, as_=None, **more):
        asked = {
            "accountId": await members.account(customer),
            "points": points,
            "reason": "a mug",
            "idempotencyKey": key or str(uuid7()),
            **more,
        }
        data = await members.harness.graph(RESERVE, as_=as_ or members.operator, input=asked)
        return data["reservePoints"]

    return act


@pytest.fixture
def settle(members):
    async def act(name, reservation, as_=None):
        data = await members.harness.graph(
            SETTLE % name, as_=as_ or members.operator, id=reservation
        )
        return data[name]

    return act


async def a_member_with(members, points):
    customer = await members.register()
    await members.order(customer, points * 100)
    return customer


async def end_all(members, now=None):
    async with members.harness.db.transaction() as session:
        return await end_reservations(session, now)


async def test_what_is_reserved_can_not_be_spent_and_is_spent_when_confirmed(
    members, reserve, settle, spend
):
    customer = await a_member_with(members, 100)
    reserved = await reserve(customer, 60)

    refused = await spend(customer, 50)
    confirmed = await settle("confirmReservation", reserved["reservationId"])

    assert reserved["account"] == {"balance": 40, "locked": 60}
    assert (refused["__typename"], refused["balance"]) == ("NotEnoughPoints", 40)
    assert confirmed["account"] == {"balance": 40, "locked": 0}
    assert [each["points"] for each in await members.announced("points.locked")] == [60]
    assert [each["points"] for each in await members.announced("points.spent")] == [60]
    assert await members.is_sound()


async def test_what_is_released_goes_back_to_the_lots_it_came_from(members, reserve, settle):
    customer = await members.register()
    for amount in (10_00, 20_00):
        await members.order(customer, amount)
    lots = "lots(first: 10) { points remaining }"
    before = await members.points(customer, lots)
    reserved = await reserve(customer, 15)

    await settle("releaseReservation", reserved["reservationId"])

    assert await members.points(customer, lots) == before
    assert await members.points(customer, SEEN) == {"balance": 30, "locked": 0, "debt": 0}
    assert await members.is_sound()


async def test_a_reservation_is_confirmed_or_released_once_however_often_both_are_asked(
    members, reserve, settle
):
    customer = await a_member_with(members, 100)
    reserved = await reserve(customer, 60)

    answers = await asyncio.gather(
        *(
            settle(name, reserved["reservationId"])
            for name in ("confirmReservation", "releaseReservation") * 4
        )
    )

    outcomes = Counter(each["__typename"] for each in answers)
    assert outcomes == {"ReservationWasSettled": 4, "Conflict": 4}
    assert (await members.points(customer, SEEN))["locked"] == 0
    assert await members.is_sound()


async def test_a_reservation_that_nobody_confirms_in_time_is_released_once(
    members, reserve, settle
):
    customer = await a_member_with(members, 100)
    reserved = await reserve(customer, 60, seconds=60)

    ended = [await end_all(members, utcnow() + timedelta(seconds=s)) for s in (30, 90, 90)]

    assert ended == [0, 1, 0]
    assert await members.points(customer, SEEN) == {"balance": 100, "locked": 0, "debt": 0}
    late = await settle("confirmReservation", reserved["reservationId"])
    assert late["__typename"] == "Conflict"
    assert [each["points"] for each in await members.announced("points.released")] == [60]
    assert await members.is_sound()


async def test_what_was_reversed_while_locked_is_recovered_when_the_lock_ends(
    members, reserve, settle
):
    customer = await members.register()
    order = await members.order(customer, 100_00)
    reserved = await reserve(customer, 60)

    await members.cancel(customer, order)
    owed = await members.points(customer, SEEN)
    await settle("releaseReservation", reserved["reservationId"])

    assert owed == {"balance": 0, "locked": 60, "debt": 60}
    assert await members.points(customer, SEEN) == {"balance": 0, "locked": 0, "debt": 0}
    assert await members.is_sound()


async def test_the_same_key_reserves_once_and_with_other_content_is_refused(members, reserve):
    customer = await a_member_with(members, 100)

    answers = await asyncio.gather(*(reserve(customer, 40, key="k") for _ in range(5)))
    other = await reserve(customer, 41, key="k")

    assert len({each["reservationId"] for each in answers}) == 1
    assert other["__typename"] == "IdempotencyKeyReused"
    assert await members.points(customer, SEEN) == {"balance": 60, "locked": 40, "debt": 0}


@pytest.mark.parametrize(
    ("points", "more", "refusal"),
    [
        (0, {}, "InvalidInput"),
        (-5, {}, "InvalidInput"),
        (2**63 - 1, {}, "InvalidInput"),
        (10, {"seconds": 0}, "InvalidInput"),
        (10, {"seconds": 604_801}, "InvalidInput"),
        (101, {}, "NotEnoughPoints"),
        (10, {"currency": "shells"}, "NotFound"),
        (10, {"currency": "growth"}, "InvalidInput"),
    ],
)
async def test_what_can_not_be_reserved_is_refused_and_changes_nothing(
    members, reserve, points, more, refusal
):
    customer = await a_member_with(members, 100)
    before = await members.ledger()

    answer = await reserve(customer, points, **more)

    assert answer["__typename"] == refusal
    assert await members.ledger() == before
    assert await members.announced("points.locked") == []


async def test_what_was_written_is_masked_wherever_it_is_repeated(members, reserve, settle):
    customer = await a_member_with(members, 100)
    account = await members.account(customer)
    query = """query ($id: UUID!) { pointsReservations(accountId: $id) { reason }
      pointsAccount(id: $id) { postings(first: 2) { edges { node { kind reason } } } } }"""
    for name in ("confirmReservation", "releaseReservation"):
        await settle(name, (await reserve(customer, 10, reason="for Ann"))["reservationId"])
    await reserve(customer, 10, reason="for Ann")

    read = {
        role: str(await members.harness.graph(query, as_=members.harness.token(role), id=account))
        for role in ("marketer", "front_line")
    }

    assert (read["marketer"].count("***"), "for Ann" in read["marketer"]) == (3, False)
    assert read["front_line"].count("for Ann") == 3


async def test_a_customer_reserves_and_sees_their_own_points_alone(members, reserve, settle):
    mine, other = await a_member_with(members, 100), await a_member_with(members, 100)
    me = members.harness.token("customer", unit=None, customer=str(mine))
    theirs = await reserve(other, 10)
    query = "query ($id: UUID!) { pointsReservations(accountId: $id) { points reason } }"

    reserved = await reserve(mine, 10, as_=me)
    foreign = await reserve(other, 10, as_=me)
    released = await settle("releaseReservation", theirs["reservationId"], as_=me)
    seen = [
        (await members.harness.graph(query, as_=me, id=await members.account(each)))[
            "pointsReservations"
        ]
        for each in (mine, other)
    ]

    assert reserved["__typename"] == "PointsWereReserved"
    assert (foreign["__typename"], released["__typename"]) == ("NotFound", "NotFound")
    assert seen == [[{"points": 10, "reason": "a mug"}], []]
    with pytest.raises(GraphFailed) as failed:
        await settle("confirmReservation", reserved["reservationId"], as_=me)
    assert failed.value.codes == ["FORBIDDEN"]


async def test_what_comes_back_after_its_end_expires_as_well(members, reserve, settle):
    customer = await a_member_with(members, 100)
    held = await reserve(customer, 60)
    long_after = utcnow() + timedelta(days=800)

    for _ in range(2):
        async with members.harness.db.transaction() as session:
            await expire_points(session, long_after)
    await settle("releaseReservation", held["reservationId"])
    for _ in range(2):
        async with members.harness.db.transaction() as session:
            await expire_points(session, long_after)

    assert [each["points"] for each in await members.announced("points.expired")] == [40, 60]
    assert await members.points(customer, SEEN) == {"balance": 0, "locked": 0, "debt": 0}
    assert await members.is_sound()
