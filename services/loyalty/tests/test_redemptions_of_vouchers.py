"""A reward that is a voucher is the member's as soon as it is paid for."""

from collections import Counter

from services.loyalty.tests.till import HOLDING, OUT_OF_STOCK, a_voucher_type, decide

from kit.models import uuid7


async def test_a_voucher_is_the_members_as_soon_as_it_is_paid_for(shop, till, members):
    await a_voucher_type(members)
    await shop.sell("ten-off", kind="VOUCHER", voucherType="ten")
    customer = await shop.member_with(200)

    at_once = await till.redeem(customer, "ten-off")
    reserved = await till.reserve(customer, "ten-off")
    confirmed = await till.settle("confirm", reserved)

    codes = {each["redemption"]["voucherCode"] for each in (at_once, confirmed)}
    assert {each["redemption"]["state"] for each in (at_once, confirmed)} == {"FULFILLED"}
    assert len(codes - {None}) == 2
    assert reserved["redemption"]["voucherCode"] is None
    assert await till.told() == ["confirmed", "fulfilled", "reserved", "confirmed", "fulfilled"]
    assert await members.announced("fulfilment.requested") == []
    assert await till.is_sound()


async def test_without_a_voucher_left_nothing_is_paid(shop, till, members):
    await a_voucher_type(members)
    await shop.sell("ten-off", kind="VOUCHER", voucherType="ten", stock=5)
    customer = await shop.member_with(100)
    reserved = await till.reserve(customer, "ten-off")
    await members.sql("UPDATE voucher_type SET valid_until = now()")

    failed = await till.settle("confirm", reserved)
    refused = await till.redeem(customer, "ten-off")

    assert (failed["redemption"]["state"], failed["redemption"]["reason"]) == (
        "FAILED",
        "NO_VOUCHER",
    )
    assert refused == OUT_OF_STOCK
    assert await till.purse(customer) == (100, 0, 0)
    assert await shop.left("ten-off") == 5
    assert await till.told() == ["reserved", "failed"]
    assert await till.is_sound()


async def test_vouchers_of_a_rejected_redemption_are_withdrawn_unless_one_was_used(
    shop, till, members, vouchers
):
    await a_voucher_type(members)
    await shop.sell("ten-off", kind="VOUCHER", voucherType="ten", stock=9, mostAtOnce=2)
    await members.sql(HOLDING, id=uuid7(), action="flag")
    customer = await shop.member_with(300)
    unused, used = [await till.redeem(customer, "ten-off", quantity=2) for _ in range(2)]
    assert (await vouchers.redeem(customer, used["redemption"]["voucherCode"]))["__typename"] == (
        "VouchersWereRedeemed"
    )

    for each in (unused, used):
        await decide(members, customer, each)

    assert await till.state(unused) == ("RELEASED", "REJECTED")
    assert await till.state(used) == ("FULFILLED", None)
    found = Counter([each["state"] for each in await vouchers.of(customer)])
    assert found == {"WITHDRAWN": 2, "REDEEMED": 1, "OPEN": 1}
    assert await till.purse(customer) == (180, 0, 0)
    assert await shop.left("ten-off") == 7
    assert await till.is_sound()
