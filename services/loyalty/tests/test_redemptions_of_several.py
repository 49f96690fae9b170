"""Several of a reward are kept, paid for and handed out together, or not at all."""

import asyncio

import pytest
from services.loyalty.tests.till import FAILED, a_voucher_type


async def test_several_are_kept_paid_for_and_handed_out_together(shop, till, members):
    await shop.sell(kind="TOP_UP", valueMinor=5_000, costMinor=4_000, stock=10, mostAtOnce=5)
    customer = await shop.member_with(400)

    reserved = await till.reserve(customer, quantity=2)
    kept = await till.purse(customer), await shop.left()
    confirmed = await till.settle("confirm", reserved)
    at_once = await till.redeem(customer, quantity=3)

    assert (kept, reserved["redemption"]["price"]) == (((280, 120, 0), 8), 120)
    assert confirmed["redemption"]["quantity"] == 2
    assert at_once["redemption"]["quantity"] == 3
    assert await till.purse(customer) == (100, 0, 0)
    assert await shop.left() == 5
    asked = await members.announced("fulfilment.requested")
    assert [(each["quantity"], each["amount_minor"]) for each in asked] == [
        (2, 10_000),
        (3, 15_000),
    ]
    told = await members.announced("redemption.confirmed")
    assert [(e["quantity"], e["price"], e["cost_minor"]) for e in told] == [
        (2, 120, 8_000),
        (3, 180, 12_000),
    ]
    assert await till.is_sound()


@pytest.mark.parametrize("ending", ["release", "expire", "fail"])
async def test_several_go_back_together(shop, till, ending):
    await shop.sell(stock=5, mostAtOnce=5, mostPerMember=5, mostPerDay=5)
    customer = await shop.member_with(300)
    reserved = await till.reserve(customer, quantity=5)
    none_left = await till.redeem(customer)

    if ending == "release":
        await till.settle("release", reserved)
    elif ending == "expire":
        await till.later(10_000)
    else:
        await till.settle("confirm", reserved)
        await till.ended(reserved, FAILED)
        await till.ended(reserved, FAILED)

    assert none_left["__typename"] == "RewardNotAvailable"
    assert await till.purse(customer) == (300, 0, 0)
    assert await shop.left() == 5
    assert (await till.redeem(customer, quantity=5))["__typename"] == "RewardWasRedeemed"
    assert await till.is_sound()


async def test_more_than_may_be_had_is_refused_whole(shop, till, members):
    await shop.sell(stock=4, mostAtOnce=5, mostPerMember=3, mostPerDay=2)
    await shop.sell("pen", price=10)
    await shop.sell("cup", price=10**12, mostAtOnce=2)
    customer = await shop.member_with(150)
    before = await members.ledger()

    answers = [
        await till.redeem(customer, quantity=5),
        await till.redeem(customer, quantity=3),
        await till.reserve(customer, quantity=0),
        await till.redeem(customer, quantity=6),
        await till.redeem(customer, "pen", quantity=2),
        await till.redeem(customer, "cup", quantity=2),
    ]

    assert [each.get("barriers", each.get("field")) for each in answers] == [
        ["DAILY_LIMIT_REACHED", "LIMIT_REACHED", "NOT_ENOUGH_POINTS", "OUT_OF_STOCK"],
        ["DAILY_LIMIT_REACHED", "NOT_ENOUGH_POINTS"],
        *["quantity"] * 4,
    ]
    assert await members.ledger() == before
    assert await shop.left() == 4
    assert await till.told() == []


async def test_a_member_is_told_how_many_they_may_take_at_once(shop, till, members):
    await shop.sell(price=10, stock=9, mostAtOnce=8, mostPerMember=7, mostPerDay=6)
    await shop.sell("pen", price=30, mostAtOnce=100)
    customer, other = await shop.member_with(100), await shop.member_with(1_000)
    fields = "rewards { edges { node { most reward { code mostAtOnce } } } }"

    async def most(who):
        found = await members.harness.entity(
            {"__typename": "Customer", "id": str(who)}, fields, as_=members.operator
        )
        nodes = [edge["node"] for edge in found["rewards"]["edges"]]
        return {each["reward"]["code"]: each["most"] for each in nodes}

    first = await most(customer)
    await till.redeem(customer, quantity=4)
    second = await most(customer)
    await till.redeem(other, quantity=5)

    assert (first, second) == ({"mug": 6, "pen": 3}, {"mug": 2, "pen": 2})
    assert await most(customer) == {"mug": 0, "pen": 2}


async def test_of_the_last_ones_nobody_gets_a_part_of_what_they_want(shop, till):
    await shop.sell(stock=11, mostAtOnce=4, mostPerMember=6)
    rich = await shop.member_with(9_000)
    customers = [await shop.member_with(500) for _ in range(4)]
    wanted = [(rich, 3)] * 4 + [(each, 4) for each in customers]

    answers = await asyncio.gather(*(till.redeem(who, quantity=many) for who, many in wanted))

    had = [
        many
        for (_, many), answer in zip(wanted, answers, strict=True)
        if answer["__typename"] == "RewardWasRedeemed"
    ]
    spent = 9_000 + 4 * 500 - sum([(await till.purse(each))[0] for each in [rich, *customers]])
    assert sum(1 for many in had if many == 3) <= 2
    assert 11 - sum(had) == await shop.left() < 4
    assert spent == 60 * sum(had)
    assert await till.is_sound()


async def test_the_same_key_with_another_quantity_is_refused(shop, till):
    await shop.sell(stock=9, mostAtOnce=5)
    customer = await shop.member_with(1_000)

    answers = await asyncio.gather(*(till.redeem(customer, key="k", quantity=2) for _ in range(4)))
    other = await till.redeem(customer, key="k", quantity=3)

    assert len({each["redemption"]["id"] for each in answers}) == 1
    assert other["__typename"] == "IdempotencyKeyReused"
    assert await shop.left() == 7


async def test_several_vouchers_are_issued_together_or_not_at_all(shop, till, members):
    await a_voucher_type(members)
    await shop.sell("ten-off", kind="VOUCHER", voucherType="ten", stock=9, mostAtOnce=3)
    customer = await shop.member_with(400)
    reserved = await till.reserve(customer, "ten-off", quantity=3)

    had = await till.redeem(customer, "ten-off", quantity=3)
    await members.sql("UPDATE voucher_type SET valid_until = now()")
    failed = await till.settle("confirm", reserved)

    codes = "query ($id: UUID!) { redemption(id: $id) { voucherCode voucherCodes } }"
    seen = await members.harness.graph(codes, as_=members.operator, id=till.id_of(had))
    issued = seen["redemption"]["voucherCodes"]
    assert (len(set(issued)), seen["redemption"]["voucherCode"]) == (3, issued[0])
    told = await members.announced("voucher.issued")
    assert [each["source_id"] for each in told] == [till.id_of(had)] * 3
    assert failed["redemption"]["reason"] == "NO_VOUCHER"
    assert await till.purse(customer) == (220, 0, 0)
    assert await shop.left("ten-off") == 6
    assert await till.is_sound()
