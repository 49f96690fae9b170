import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from services.loyalty.tests.till import COMPLETED, FAILED, OUT_OF_STOCK, a_voucher_type

from kit.models import utcnow, uuid7
from loyalty.reservations.commands import end_reservations


async def test_a_reward_taken_at_once_is_paid_for_and_asked_for_from_the_arms(shop, till, members):
    await shop.sell(stock=3)
    customer = await shop.member_with(100)

    answer = await till.redeem(customer)

    assert answer["__typename"] == "RewardWasRedeemed"
    assert answer["redemption"] == {
        "id": answer["redemption"]["id"],
        "state": "CONFIRMED",
        "held": False,
        "reason": None,
        "title": "A mug",
        "quantity": 1,
        "price": 60,
        "voucherCode": None,
        "reward": {"code": "mug"},
    }
    assert await till.purse(customer) == (40, 0, 0)
    assert await shop.left() == 2
    assert await till.told() == ["confirmed"]
    (asked,) = await members.announced("fulfilment.requested")
    assert (asked["kind"], asked["title"], asked["source_kind"]) == ("gift", "A mug", "redemption")
    assert asked["source_id"] == answer["redemption"]["id"]
    assert await till.is_sound()


async def test_what_is_reserved_is_kept_until_it_is_confirmed(shop, till, members):
    await shop.sell(stock=1)
    customer, other = await shop.member_with(100), await shop.member_with(100)

    reserved = await till.reserve(customer)
    kept = await till.purse(customer)
    refused = await till.redeem(other)
    asked_before = await members.announced("fulfilment.requested")
    confirmed = [await till.settle("confirm", reserved) for _ in range(2)]

    assert (reserved["redemption"]["state"], kept) == ("RESERVED", (40, 60, 0))
    assert refused == OUT_OF_STOCK
    assert asked_before == []
    assert {each["redemption"]["state"] for each in confirmed} == {"CONFIRMED"}
    assert await till.purse(customer) == (40, 0, 0)
    assert len(await members.announced("fulfilment.requested")) == 1
    assert await till.told() == ["reserved", "confirmed"]
    assert await till.purse(other) == (100, 0, 0)
    assert await till.is_sound()


async def test_what_is_released_is_there_for_others_and_its_points_are_free(shop, till):
    await shop.sell(stock=1, mostPerMember=1)
    customer = await shop.member_with(100)
    reserved = await till.reserve(customer)

    released = [await till.settle("release", reserved) for _ in range(2)]
    late = await till.settle("confirm", reserved)
    again = await till.redeem(customer)

    assert {each["redemption"]["reason"] for each in released} == {"GIVEN_UP"}
    assert late["__typename"] == "Conflict"
    assert again["__typename"] == "RewardWasRedeemed"
    assert await till.purse(customer) == (40, 0, 0)
    assert await till.told() == ["reserved", "released", "confirmed"]
    assert await till.is_sound()


async def test_what_nobody_confirms_in_time_goes_back_points_and_reward_together(
    shop, till, members
):
    await shop.sell(stock=1)
    customer = await shop.member_with(100)
    reserved = await till.reserve(customer, seconds=60)

    async with members.harness.db.transaction() as session:
        alone = await end_reservations(session, utcnow() + timedelta(hours=1))
    await till.later(30)
    waiting = await till.state(reserved)
    await asyncio.gather(*(till.later(90) for _ in range(3)))

    assert alone == 0
    assert waiting == ("RESERVED", None)
    assert await till.state(reserved) == ("EXPIRED", "TIMED_OUT")
    assert await till.purse(customer) == (100, 0, 0)
    assert await shop.left() == 1
    assert await till.told() == ["reserved", "released"]
    assert (await till.settle("confirm", reserved))["__typename"] == "Conflict"
    assert await till.is_sound()


async def test_the_points_of_a_redemption_go_no_way_of_their_own(shop, till, members):
    await shop.sell()
    customer = await shop.member_with(100)
    await till.reserve(customer)
    account = await members.account(customer)
    query = "query ($id: UUID!) { pointsReservations(accountId: $id) { id reason } }"
    (found,) = (await members.harness.graph(query, as_=members.operator, id=account))[
        "pointsReservations"
    ]

    answers = [
        await members.harness.graph(
            f"mutation ($id: UUID!) {{ {name}(id: $id) {{ ... on Refusal {{ message }} }} }}",
            as_=members.operator,
            id=found["id"],
        )
        for name in ("confirmReservation", "releaseReservation")
    ]

    said = {"message": "It is part of a redemption: confirm or release that."}
    assert [*answers[0].values(), *answers[1].values()] == [said, said]
    assert found["reason"] == "A mug"
    assert await till.purse(customer) == (40, 60, 0)


async def test_confirming_and_releasing_at_once_ends_in_one_of_them(shop, till):
    await shop.sell(stock=5)
    customer = await shop.member_with(100)
    reserved = await till.reserve(customer)

    answers = await asyncio.gather(
        *(till.settle(name, reserved) for name in ("confirm", "release") * 4),
        *(till.later(10_000) for _ in range(2)),
    )

    done = Counter(each["__typename"] for each in answers if each)
    assert done in ({"RedemptionWasSettled": 4, "Conflict": 4}, {"Conflict": 8})
    assert len(await till.told()) == 2
    assert await till.is_sound()


async def test_of_the_last_ones_each_goes_to_one_however_many_want_them(shop, till):
    await shop.sell(stock=5)
    customers = [await shop.member_with(100) for _ in range(12)]

    answers = await asyncio.gather(*(till.redeem(each) for each in customers))

    assert Counter(each["__typename"] for each in answers) == {
        "RewardWasRedeemed": 5,
        "RewardNotAvailable": 7,
    }
    assert await shop.left() == 0
    assert sorted([(await till.purse(each))[0] for each in customers]) == [40] * 5 + [100] * 7
    assert await till.is_sound()


async def test_a_member_who_wants_too_much_at_once_gets_what_they_can_pay(shop, till):
    await shop.sell(stock=9, mostPerMember=3)
    customer, rich = await shop.member_with(150), await shop.member_with(1_000)

    answers = await asyncio.gather(*(till.redeem(each) for each in [customer, rich] * 5))

    assert Counter(each["__typename"] for each in answers) == {
        "RewardWasRedeemed": 5,
        "NotEnoughPoints": 3,
        "RewardNotAvailable": 2,
    }
    assert await till.purse(customer) == (30, 0, 0)
    assert await till.purse(rich) == (820, 0, 0)
    assert await till.is_sound()


async def test_the_same_key_redeems_once_and_with_other_content_is_refused(shop, till):
    await shop.sell(stock=9)
    await shop.sell("pen", price=1)
    customer, other = await shop.member_with(1_000), await shop.member_with(1_000)

    answers = await asyncio.gather(*(till.redeem(customer, key="k") for _ in range(5)))
    await shop.act("changeReward", code="mug", input={"price": 70})
    repeat = await till.redeem(customer, key="k")
    misuses = [
        await till.redeem(customer, "pen", key="k"),
        await till.redeem(other, key="k"),
        await till.reserve(customer, key="k"),
    ]

    assert len({each["redemption"]["id"] for each in [*answers, repeat]}) == 1
    assert {each["__typename"] for each in misuses} == {"IdempotencyKeyReused"}
    assert await till.purse(customer) == (940, 0, 0)
    assert await shop.left() == 8
    assert await till.is_sound()


async def test_two_members_with_one_key_at_once_get_one_redemption(shop, till):
    await shop.sell(stock=9)
    customers = [await shop.member_with(100) for _ in range(4)]

    answers = await asyncio.gather(*(till.redeem(each, key="k") for each in customers))

    assert Counter(each["__typename"] for each in answers) == {
        "RewardWasRedeemed": 1,
        "IdempotencyKeyReused": 3,
    }
    assert await shop.left() == 8
    assert await till.is_sound()


async def test_what_was_reserved_keeps_its_terms_whatever_becomes_of_the_reward(
    shop, till, members
):
    await shop.sell(kind="TOP_UP", valueMinor=5_000, stock=2)
    customer = await shop.member_with(100)
    reserved = await till.reserve(customer)

    await shop.act("changeReward", code="mug", input={"price": 90, "valueMinor": 1})
    await shop.act("endReward", code="mug")
    refused = await till.redeem(customer)
    confirmed = await till.settle("confirm", reserved)

    assert refused["barriers"] == ["ENDED", "NOT_ENOUGH_POINTS"]
    assert confirmed["redemption"]["price"] == 60
    assert await till.purse(customer) == (40, 0, 0)
    (asked,) = await members.announced("fulfilment.requested")
    assert (asked["kind"], asked["amount_minor"], asked["currency"]) == ("top_up", 5_000, "CNY")


async def test_what_the_arms_hand_out_is_fulfilled_and_what_they_can_not_comes_back(shop, till):
    await shop.sell(stock=2)
    customer = await shop.member_with(200)
    good, bad = await till.redeem(customer), await till.redeem(customer)
    event = uuid7()

    for _ in range(2):
        await till.ended(good, COMPLETED, event)
        await till.ended(bad, FAILED)
    await till.ended(bad, COMPLETED)
    await till.ended(good, FAILED)

    assert await till.state(good) == ("FULFILLED", None)
    assert await till.state(bad) == ("FAILED", "NOT_HANDED_OUT")
    assert await till.purse(customer) == (140, 0, 0)
    assert await shop.left() == 1
    assert await till.told() == ["confirmed", "confirmed", "fulfilled", "failed"]
    assert await till.is_sound()


@pytest.mark.parametrize("reserved_first", [False, True])
async def test_what_paid_for_a_reward_is_not_given_back_by_hand(
    shop, till, members, reserved_first
):
    await shop.sell(stock=2)
    customer = await shop.member_with(100)
    redeemed = await till.reserve(customer) if reserved_first else await till.redeem(customer)
    if reserved_first:
        await till.settle("confirm", redeemed)
    before = await till.purse(customer)
    postings = "postings(first: 1) { edges { node { id } } }"
    (edge,) = (await members.points(customer, postings))["postings"]["edges"]
    reversal = {"postingId": edge["node"]["id"], "reason": "a scratch", "idempotencyKey": "r"}
    answer = await members.harness.graph(
        "mutation ($input: ReversePostingInput!) { reversePosting(input: $input) { "
        "__typename ... on Refusal { message } } }",
        as_=members.operator,
        input=reversal,
    )

    assert answer["reversePosting"] == {
        "__typename": "Conflict",
        "message": "It paid for a redemption: end that, or ask for an adjustment of points.",
    }
    assert await till.purse(customer) == before
    await till.ended(redeemed, FAILED)
    assert await till.purse(customer) == (100, 0, 0)
    assert await till.is_sound()


async def a_pool_of(members, many):
    await a_voucher_type(members)
    await members.sql("UPDATE voucher_type SET pooled = true")
    await members.sql(
        """INSERT INTO voucher (id, created_at, type_id, code, pooled, state)
        SELECT gen_random_uuid(), now(), type.id, lpad('', 11, '2') || letter, true, 'open'
        FROM voucher_type AS type, unnest(string_to_array(:letters, NULL)) AS letter""",
        letters="23456789"[:many],
    )


async def test_a_pool_with_too_few_vouchers_gives_none(shop, till, members):
    await a_pool_of(members, 3)
    await shop.sell("ten-off", kind="VOUCHER", voucherType="ten", mostAtOnce=4)
    customer = await shop.member_with(400)

    refused = await till.redeem(customer, "ten-off", quantity=4)
    announced = await members.announced("voucher.issued")
    had = await till.redeem(customer, "ten-off", quantity=3)

    assert (refused, announced) == (OUT_OF_STOCK, [])
    assert had["redemption"]["state"] == "FULFILLED"
    assert len(await members.announced("voucher.issued")) == 3
    assert await till.purse(customer) == (220, 0, 0)
    assert await till.is_sound()
