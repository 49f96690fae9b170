import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.redemptions.commands.settling import end_redemptions
from loyalty.reservations.commands import end_reservations
from loyalty.voucher_types.commands.types import activate_type, draft_type

COMPLETED = "octoreach.channel.fulfilment.completed.v1"
FAILED = "octoreach.channel.fulfilment.failed.v1"
DECIDED = "octoreach.loyalty.review.decided.v1"
SHOWN = "id state held reason title quantity price voucherCode reward { code }"
REFUSALS = """... on Refusal { message } ... on RewardNotAvailable { barriers }
  ... on NotEnoughPoints { needed balance } ... on InvalidInput { field }
  ... on RedemptionRefused { rule }"""
REDEEM = f"""mutation ($input: RedeemRewardInput!) {{ redeemReward(input: $input) {{
  __typename ... on RewardWasRedeemed {{ redemption {{ {SHOWN} }} }}
  ... on RewardWasReserved {{ redemption {{ {SHOWN} }} }} {REFUSALS} }} }}"""
RESERVE = f"""mutation ($input: ReserveRewardInput!) {{ reserveReward(input: $input) {{
  __typename ... on RewardWasReserved {{ redemption {{ {SHOWN} }} }} {REFUSALS} }} }}"""
SETTLE = f"""mutation ($id: UUID!) {{ %s(id: $id) {{
  __typename ... on RedemptionWasSettled {{ redemption {{ {SHOWN} }} }}
  ... on Refusal {{ message }} }} }}"""
HOLDING = """INSERT INTO fraud_rule (id, created_at, code, version, name, kind, act_kinds, measure,
  per, threshold, window_seconds, action, set_by)
VALUES (:id, now(), :action, 1, 'any', 'velocity', '{redemption}', 'acts', 'customer', 0, 60,
  :action, 'olga')"""
VOUCHER = {
    "code": "ten",
    "name": "Ten off",
    "unit": "hq",
    "coding": "unique",
    "single_code": None,
    "discount": "fixed",
    "currency": "CNY",
    "amount_minor": 1_000,
    "stack_group": "tens",
    "lowest_tier": None,
}
BALANCE = """{ redemptionBalance {
  stocksOutOfBalance pointsOutOfBalance rewardsOutOfBalance } }"""
OUT_OF_STOCK = {
    "__typename": "RewardNotAvailable",
    "message": "The reward can't be had: not enough is left.",
    "barriers": ["OUT_OF_STOCK"],
}


class Till:
    """Where members redeem, and what can be seen of it."""

    def __init__(self, members):
        self.members, self.harness = members, members.harness

    async def redeem(self, customer, code="mug", **more):
        return (await self._want(REDEEM, customer, code, **more))["redeemReward"]

    async def reserve(self, customer, code="mug", **more):
        return (await self._want(RESERVE, customer, code, **more))["reserveReward"]

    async def _want(self, mutation, customer, code, *, key=None, as_=None, **more):
        asked = {
            "customerId": customer,
            "rewardCode": code,
            "idempotencyKey": key or str(uuid7()),
            **more,
        }
        return await self.harness.graph(mutation, as_=as_ or self.members.operator, input=asked)

    async def settle(self, name, answer, as_=None):
        mutation, wanted = f"{name}Redemption", self.id_of(answer)
        data = await self.harness.graph(
            SETTLE % mutation, as_=as_ or self.members.operator, id=wanted
        )
        return data[mutation]

    def id_of(self, answer):
        return answer["redemption"]["id"] if isinstance(answer, dict) else answer

    async def ended(self, answer, subject, event_id=None, reason="broken on the way"):
        """The arms have handed it out, or could not."""
        end = {
            "fulfilment_id": uuid7(),
            "attempt": 1,
            "customer_id": uuid7(),
            "source_kind": "redemption",
            "source_id": self.id_of(answer),
            "reference": "",
            "reason": reason,
            "by": "fang",
            "at": utcnow(),
        }
        await self.harness.hear(subject, end, event_id=event_id)

    async def state(self, answer):
        query = "query ($id: UUID!) { redemption(id: $id) { state reason } }"
        found = await self.harness.graph(query, as_=self.members.operator, id=self.id_of(answer))
        return found["redemption"]["state"], found["redemption"]["reason"]

    async def purse(self, customer):
        seen = await self.members.points(customer, "balance locked debt")
        return seen["balance"], seen["locked"], seen["debt"]

    async def told(self):
        """What was announced of redemptions, in order."""
        prefix = "octoreach.loyalty.redemption."
        return [
            each["subject"].removeprefix(prefix).removesuffix(".v1")
            for each in await self.harness.events_recorded()
            if each["subject"].startswith(prefix)
        ]

    async def is_sound(self):
        found = await self.harness.graph(BALANCE, as_=self.members.operator)
        return not any(found["redemptionBalance"].values()) and await self.members.is_sound()

    async def later(self, seconds):
        async with self.harness.db.transaction() as session:
            await end_redemptions(session, utcnow() + timedelta(seconds=seconds))


@pytest.fixture
def till(members):
    return Till(members)


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


async def a_voucher_type(members, **terms):
    async with members.harness.db.transaction() as session:
        await draft_type(session, VOUCHER | terms, "hq", "ada")
        await activate_type(session, "ten", "hq", "bob")


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


@pytest.mark.parametrize("wanting", ["redeem", "reserve"])
async def test_what_a_limit_holds_waits_for_a_person_and_then_goes_on(shop, till, members, wanting):
    await shop.sell(stock=3)
    await members.sql(HOLDING, id=uuid7(), action="hold")
    customer = await shop.member_with(200)
    good, bad = [await getattr(till, wanting)(customer) for _ in range(2)]
    early = await till.settle("confirm", good)
    await till.later(3_600)

    for _ in range(2):
        for answer, verdict in ((good, "released"), (bad, "rejected")):
            decided = {
                "review_id": uuid7(),
                "act_kind": "redemption",
                "key": answer["redemption"]["id"],
                "customer_id": customer,
                "action": "hold",
                "verdict": verdict,
            }
            await members.harness.hear(DECIDED, decided)

    goes_on = "CONFIRMED" if wanting == "redeem" else "RESERVED"
    assert {each["__typename"] for each in (good, bad)} == {"RewardWasReserved"}
    assert {each["redemption"]["held"] for each in (good, bad)} == {True}
    assert early["__typename"] == "Conflict"
    assert await till.state(good) == (goes_on, None)
    assert await till.state(bad) == ("RELEASED", "REJECTED")
    assert await till.purse(customer) == (140, 0 if wanting == "redeem" else 60, 0)
    assert await shop.left() == 2
    if wanting == "reserve":
        await till.later(1_000)
        assert await till.state(good) == ("EXPIRED", "TIMED_OUT")
    assert await till.is_sound()


async def decide(members, customer, answer, verdict="rejected"):
    decided = {
        "review_id": uuid7(),
        "act_kind": "redemption",
        "key": answer["redemption"]["id"],
        "customer_id": customer,
        "action": "flag",
        "verdict": verdict,
    }
    for _ in range(2):
        await members.harness.hear(DECIDED, decided)


async def test_what_was_only_flagged_and_is_rejected_is_taken_back_as_far_as_it_can_be(
    shop, till, members
):
    await shop.sell(stock=3)
    await members.sql(HOLDING, id=uuid7(), action="flag")
    customer = await shop.member_with(200)
    reserved, taken, had = [
        await till.reserve(customer),
        await till.redeem(customer),
        await till.redeem(customer),
    ]
    await till.ended(had, COMPLETED)

    for each in (reserved, taken, had):
        await decide(members, customer, each)
    recalled = await members.announced("fulfilment.recalled")
    waiting = await till.state(taken)
    await till.ended(taken, FAILED, reason="recalled")

    assert [each["source_id"] for each in recalled] == [till.id_of(taken)] * 2
    assert waiting == ("CONFIRMED", None)
    assert await till.state(reserved) == ("RELEASED", "REJECTED")
    assert await till.state(taken) == ("RELEASED", "REJECTED")
    assert await till.state(had) == ("FULFILLED", None)
    assert await till.purse(customer) == (140, 0, 0)
    assert await shop.left() == 2
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


async def test_what_a_limit_refuses_changes_nothing(shop, till, members):
    await shop.sell(stock=3)
    await members.sql(HOLDING, id=uuid7(), action="refuse")
    customer = await shop.member_with(100)
    before = await members.ledger()

    answer = await till.redeem(customer)

    assert (answer["__typename"], answer["rule"]) == ("RedemptionRefused", "refuse")
    assert await members.ledger() == before
    assert await shop.left() == 3
    assert await till.told() == []


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
