"""Who may redeem for whom, who sees it, and what becomes of it when the customer does."""

import pytest
from services.loyalty.tests.till import BALANCE, FAILED

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed


async def test_what_can_not_be_redeemed_is_refused_and_changes_nothing(shop, till, members):
    await shop.sell(stock=3)
    await shop.sell("precious", price=1_000)
    await shop.sell("not-sold", price=None)
    customer = await shop.member_with(100)
    before = await members.ledger()

    answers = [
        await till.redeem(customer, "no-such"),
        await till.redeem(uuid7()),
        await till.redeem(customer, "precious"),
        await till.redeem(customer, "not-sold"),
        await till.redeem(customer, key=" "),
        await till.reserve(customer, seconds=0),
        await till.reserve(customer, seconds=604_801),
        await till.settle("confirm", str(uuid7())),
    ]

    assert [each["__typename"] for each in answers] == [
        "NotFound",
        "NotFound",
        "NotEnoughPoints",
        "RewardNotAvailable",
        *["InvalidInput"] * 3,
        "NotFound",
    ]
    assert await members.ledger() == before
    assert await shop.left() == 3
    assert await till.told() == []


async def test_customers_redeem_for_themselves_and_the_front_line_for_their_units(
    shop, till, members
):
    await shop.sell()
    token = members.harness.token
    mine, other = [await shop.member_with(200, unit="hq.zj") for _ in range(2)]
    me = token("customer", unit=None, customer=str(mine))
    near, far = (token("front_line", unit=unit) for unit in ("hq.zj", "hq.js"))

    own = await till.reserve(mine, as_=me)
    foreign = await till.reserve(other, as_=me)
    theirs = await till.reserve(other, as_=near)
    answers = [
        await till.settle("confirm", own, as_=me),
        await till.settle("release", theirs, as_=me),
        await till.redeem(other, as_=far),
        await till.settle("confirm", theirs, as_=far),
        await till.settle("confirm", theirs, as_=near),
    ]

    assert (own["__typename"], foreign["__typename"]) == ("RewardWasReserved", "NotFound")
    assert [each["__typename"] for each in answers] == [
        "RedemptionWasSettled",
        *["NotFound"] * 3,
        "RedemptionWasSettled",
    ]
    with pytest.raises(GraphFailed) as failed:
        await till.redeem(mine, as_=shop.marketer)
    assert failed.value.codes == ["FORBIDDEN"]


async def test_redemptions_are_seen_by_the_member_and_in_their_unit(shop, till, members):
    await shop.sell()
    await shop.sell("pen", price=1)
    customer = await shop.member_with(200, unit="hq.zj")
    for code in ("mug", "pen"):
        await till.redeem(customer, code)
    listed = """query ($code: String) { redemptions(rewardCode: $code, state: CONFIRMED) {
      edges { node { title } } } }"""
    token = members.harness.token

    own = await members.harness.entity(
        {"__typename": "Customer", "id": str(customer)},
        "redemptions { edges { node { title price } } }",
        as_=token("customer", unit=None, customer=str(customer)),
    )
    seen = [
        [edge["node"]["title"] for edge in found["redemptions"]["edges"]]
        for found in [
            await members.harness.graph(listed, as_=token("front_line", unit=unit), code=code)
            for unit, code in (("hq.zj", None), ("hq.zj", "pen"), ("hq.js", None))
        ]
    ]

    assert [edge["node"]["price"] for edge in own["redemptions"]["edges"]] == [1, 60]
    assert seen == [["A mug", "A mug"], ["A mug"], []]


async def test_open_redemptions_follow_whoever_is_merged_and_go_back_with_them(shop, till, members):
    await shop.sell(stock=5)
    one, other = await shop.member_with(100), await shop.member_with(100)
    of_one, of_other = await till.reserve(one), await till.reserve(other)
    merger = uuid7()
    merged = {"merge_id": merger, "customer_id": one, "absorbed_id": other, "at": utcnow()}

    await members.harness.hear("octoreach.customer.customer.merged.v1", merged)
    together = await till.purse(one)
    confirmed = await till.settle("confirm", of_one)
    undone = {"merge_id": merger, "customer_id": one, "restored_id": other, "at": utcnow()}
    await members.harness.hear("octoreach.customer.customer.unmerged.v1", undone)
    apart = await till.purse(other)
    released = await till.settle("release", of_other)

    assert together == (80, 120, 0)
    assert confirmed["redemption"]["state"] == "CONFIRMED"
    assert apart == (40, 60, 0)
    assert released["redemption"]["state"] == "RELEASED"
    assert await till.purse(other) == (100, 0, 0)
    assert await shop.left() == 4
    assert await till.is_sound()


async def test_an_absorbed_customers_redemption_is_confirmed_and_fails_for_the_survivor(
    shop, till, members
):
    await shop.sell(stock=5)
    one, other = await members.register(), await shop.member_with(100)
    redeemed = await till.redeem(other)
    merged = {"merge_id": uuid7(), "customer_id": one, "absorbed_id": other, "at": utcnow()}
    await members.harness.hear("octoreach.customer.customer.merged.v1", merged)

    await till.ended(redeemed, FAILED)
    by_old_id = await till.redeem(other)

    assert by_old_id["__typename"] == "RewardWasRedeemed"
    assert await till.purse(one) == (40, 0, 0)
    assert await till.is_sound()


async def test_what_is_reserved_for_somebody_who_is_erased_goes_back(shop, till, members):
    await shop.sell(stock=2)
    customer = await shop.member_with(200)
    reserved, redeemed = await till.reserve(customer), await till.redeem(customer)

    erasure = {"request_id": uuid7(), "customer_id": customer, "alias_ids": []}
    await members.harness.hear("octoreach.customer.erasure.requested.v1", erasure)

    assert await till.state(reserved) == ("RELEASED", "ERASED")
    assert await till.state(redeemed) == ("CONFIRMED", None)
    assert await shop.left() == 1
    assert await till.is_sound()


async def test_what_is_out_of_balance_is_found_out(shop, till, members):
    await shop.sell(stock=2)
    customer = await shop.member_with(200)
    await till.redeem(customer)
    await till.reserve(customer)

    await members.sql("UPDATE reward_given SET returned_at = now()")
    await members.sql("UPDATE redemption SET state = 'confirmed', spent_by = posting_id")

    found = await members.harness.graph(BALANCE, as_=members.operator)
    assert found["redemptionBalance"] == {
        "stocksOutOfBalance": 1,
        "pointsOutOfBalance": 1,
        "rewardsOutOfBalance": 2,
    }
