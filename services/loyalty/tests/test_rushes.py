"""What is promised to hundreds who want the same at once."""

import asyncio
from collections import Counter

from services.loyalty.tests.till import OUT_OF_STOCK
from sqlalchemy import text

from kit.testing.harness import GraphFailed

HELD = text("SELECT FROM points_account WHERE customer_id = :customer FOR UPDATE")
DIE = """CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"""
DYING = """CREATE TRIGGER dies AFTER INSERT ON red_packet_take
  FOR EACH STATEMENT EXECUTE FUNCTION die()"""


async def test_who_comes_after_the_last_is_told_so_and_waits_for_nobody(shop, till, members):
    first, late = [await shop.member_with(100) for _ in range(2)]
    await shop.sell(stock=1)
    await till.redeem(first)

    async with members.harness.db.transaction() as session:
        await session.execute(HELD, {"customer": late})
        answers = [await till.redeem(late), await till.reserve(late)]

    assert answers == [OUT_OF_STOCK, OUT_OF_STOCK]
    assert await till.purse(late) == (100, 0, 0)
    assert await till.told() == ["confirmed"]


async def test_who_is_too_late_is_told_all_that_bars_them(shop, till):
    first, poor = await shop.member_with(100), await shop.member_with(10)
    await shop.sell(stock=1)
    await till.redeem(first)

    answer = await till.redeem(poor)

    assert sorted(answer["barriers"]) == ["NOT_ENOUGH_POINTS", "OUT_OF_STOCK"]


async def test_who_took_the_last_is_told_of_it_again_by_the_same_key(shop, till):
    customer = await shop.member_with(100)
    await shop.sell(stock=1)
    first = await till.redeem(customer, key="mine")

    again = await till.redeem(customer, key="mine")

    assert again == first
    assert await shop.left() == 0


async def test_what_is_given_back_is_there_for_who_asks_then(shop, till):
    first, second = [await shop.member_with(100) for _ in range(2)]
    await shop.sell(stock=1)
    kept = await till.reserve(first)
    refused = await till.redeem(second)
    await till.settle("release", kept)

    answer = await till.redeem(second)

    assert refused == OUT_OF_STOCK
    assert answer["__typename"] == "RewardWasRedeemed"
    assert await till.is_sound()


async def test_grabs_that_die_together_are_made_once_when_they_are_repeated(packets, members):
    crowd = await packets.crowd(6)
    await packets.opened(parts=4)
    await members.sql(DIE)
    await members.sql(DYING)
    died = await asyncio.gather(*(packets.grab(each) for each in crowd), return_exceptions=True)
    await members.sql("DROP TRIGGER dies ON red_packet_take")
    kept = [await packets.cash(each) for each in crowd]

    answers = await asyncio.gather(*(packets.grab(each) for each in crowd))

    assert all(isinstance(each, GraphFailed) and "UNAVAILABLE" in str(each) for each in died)
    assert kept == [0] * 6
    kinds = Counter(each["__typename"] for each in answers)
    assert kinds == {"RedPacketPartWasTaken": 4, "RedPacketIsEmpty": 2}
    assert sum(each.get("amount", 0) for each in answers) == 10_000
    assert len(await packets.told("taken")) == 4
    assert await members.is_sound()
