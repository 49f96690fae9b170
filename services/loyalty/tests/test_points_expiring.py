"""What expires first is spent first, and what ends is announced."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from kit.models import utcnow
from loyalty.points.commands import ageing
from loyalty.points.commands.ageing import expire_points

LOTS = "balance lots(first: 10) { points remaining }"


async def test_what_expires_first_is_spent_first(members, spend):
    customer = await members.register()
    for amount, months in ((10_00, 24), (20_00, 6), (30_00, 12)):
        await members.sql(
            "UPDATE currency SET months = :months WHERE code = 'points'", months=months
        )
        await members.order(customer, amount)

    await spend(customer, 35)

    assert await members.points(customer, LOTS) == {
        "balance": 25,
        "lots": [{"points": 30, "remaining": 15}, {"points": 10, "remaining": 10}],
    }


async def test_what_is_not_spent_in_time_expires_and_is_announced(members, spend):
    customer = await members.register()
    await members.order(customer, 100_00)
    await spend(customer, 30)
    early = utcnow() + timedelta(days=700)
    late = utcnow() + timedelta(days=740)

    for now in (early, late, late):
        async with members.harness.db.transaction() as session:
            await expire_points(session, now)

    assert await members.points(customer, LOTS) == {"balance": 0, "lots": []}
    assert [
        (each["points"], each["balance"]) for each in await members.announced("points.expired")
    ] == [(70, 0)]
    assert await members.is_sound()
    assert (await members.ledger())["liability"] == 0


async def test_expiring_spending_and_expiring_again_at_once_loses_nothing(members, spend):
    customer = await members.register()
    await members.order(customer, 100_00)
    late = utcnow() + timedelta(days=740)

    async def expire() -> None:
        async with members.harness.db.transaction() as session:
            await expire_points(session, late)

    await asyncio.gather(*(each for _ in range(5) for each in (expire(), spend(customer, 10))))
    await expire()

    spent = sum(each["points"] for each in await members.announced("points.spent"))
    expired = sum(each["points"] for each in await members.announced("points.expired"))
    assert spent + expired == 100
    assert await members.points(customer) == {"balance": 0, "debt": 0}
    assert await members.is_sound()


async def test_what_ends_together_is_one_posting_and_what_ends_later_stays(members):
    customer = await members.register()
    for amount, months in ((10_00, 6), (20_00, 6), (30_00, 24)):
        await members.sql(
            "UPDATE currency SET months = :months WHERE code = 'points'", months=months
        )
        await members.order(customer, amount)

    async with members.harness.db.transaction() as session:
        lots = await expire_points(session, utcnow() + timedelta(days=200))

    assert lots == 4, "two are announced, and taken"
    assert await members.points(customer, LOTS) == {
        "balance": 30,
        "lots": [{"points": 30, "remaining": 30}],
    }
    assert [
        (each["points"], each["balance"]) for each in await members.announced("points.expired")
    ] == [(30, 30)]
    assert await members.is_sound()


async def test_many_lots_end_a_part_at_a_time_also_while_one_is_held(members, monkeypatch):
    monkeypatch.setattr(ageing, "AT_ONCE", 2)
    holders = [await members.register() for _ in range(5)]
    for each in holders:
        await members.order(each, 100_00)
    late = utcnow() + timedelta(days=740)

    async with members.harness.db.transaction() as session:
        await session.execute(
            text(
                "SELECT FROM wallet JOIN points_account AS a ON a.id = account_id "
                "WHERE customer_id = :customer FOR UPDATE OF wallet"
            ),
            {"customer": holders[0]},
        )
        for _ in range(10):
            async with members.harness.db.transaction() as other:
                await expire_points(other, late)
        left = [await members.balance(each) for each in holders]
    for _ in range(10):
        async with members.harness.db.transaction() as session:
            await expire_points(session, late)

    assert left == [100, 0, 0, 0, 0]
    assert [await members.balance(each) for each in holders] == [0] * 5
    assert len(await members.announced("points.expired")) == 5
    assert await members.is_sound()
