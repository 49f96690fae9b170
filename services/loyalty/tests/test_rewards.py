import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from kit.errors import DomainError
from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.rewards.commands import give_back, hand_out
from loyalty.rewards.models import HandOut

SEGMENT_CHANGED = "octoreach.customer.segment.changed.v1"
WRONG = [
    ("code", {"code": "A mug"}),
    ("name", {"name": " "}),
    ("price", {"price": 0}),
    ("price", {"price": 10**12 + 1}),
    ("costMinor", {"costMinor": -1}),
    ("money", {"money": "XXX"}),
    ("currency", {"currency": "shells"}),
    ("currency", {"currency": "growth"}),
    ("lowestTier", {"lowestTier": "emperor"}),
    ("lowestTier", {"lowestTier": ""}),
    ("segments", {"segments": ["no such code!"]}),
    ("stock", {"stock": -1}),
    ("mostPerDay", {"mostPerDay": 0}),
    ("valueMinor", {"valueMinor": 5}),
    ("valueMinor", {"kind": "TOP_UP"}),
    ("partnerCode", {"kind": "PARTNER"}),
    ("partnerCode", {"partnerCode": "cinema"}),
    ("voucherType", {"voucherType": "ten-off"}),
    ("validUntil", {"validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"}),
]


def handing(customer, code="mug", source=None):
    return HandOut(code, customer, "benefit", source or uuid7())


async def outcomes(members, *wanted):
    async with members.harness.db.transaction() as session:
        return [each.outcome for each in await hand_out(session, wanted)]


async def test_a_reward_is_shown_as_it_was_defined(shop):
    defined = await shop.define(stock=5, mostPerMember=2, segments=["b", "a"], lowestTier="gold")

    assert defined["__typename"] == "RewardWasDefined"
    assert await shop.reward() == {
        "code": "mug",
        "kind": "GIFT",
        "state": "DRAFT",
        "name": "A mug",
        "unit": "hq",
        "currency": "points",
        "price": 60,
        "value": None,
        "cost": {"minor": 2_500, "currency": "CNY"},
        "stock": {"stocked": 5, "given": 0, "left": 5},
        "lowestTier": "gold",
        "segments": ["a", "b"],
        "mostPerMember": 2,
        "mostPerDay": None,
    }


async def test_terms_that_make_no_sense_are_refused_by_the_field(shop):
    refused = [await shop.define(**wrong) for _, wrong in WRONG]

    assert [each.get("field") for each in refused] == [field for field, _ in WRONG]
    assert await shop.reward() is None


async def test_a_code_is_taken_once_however_many_define_it_at_once(shop):
    answers = await asyncio.gather(*(shop.define(stock=each) for each in range(4)))

    assert Counter(each["__typename"] for each in answers) == {"RewardWasDefined": 1, "Conflict": 3}


async def test_only_what_is_changed_changes_and_what_has_ended_stays(shop):
    await shop.sell(stock=5, mostPerDay=1)

    changed = await shop.act("changeReward", code="mug", input={"price": 70, "mostPerDay": None})
    nulled = await shop.act("changeReward", code="mug", input={"name": None})
    worse = await shop.act("changeReward", code="mug", input={"valueMinor": 3})
    await shop.act("endReward", code="mug")
    late = await shop.act("changeReward", code="mug", input={"price": 10})

    assert (nulled["field"], worse["field"]) == ("name", "valueMinor")
    assert late["__typename"] == "Conflict"
    assert await shop.reward() == {**changed["reward"], "state": "ENDED"}
    assert (changed["reward"]["price"], changed["reward"]["mostPerDay"]) == (70, None)
    assert changed["reward"]["name"] == "A mug"


async def test_a_reward_goes_from_draft_to_live_to_ended_and_not_back(shop):
    await shop.define()

    answers = [
        await shop.act(f"{verb}Reward", code="mug")
        for verb in ("end", "publish", "publish", "end", "end", "publish")
    ]

    assert [each["__typename"] for each in answers] == [
        "Conflict",
        "RewardWasPublished",
        "RewardWasPublished",
        "RewardWasEnded",
        "RewardWasEnded",
        "Conflict",
    ]


async def test_restocking_adds_once_per_key_and_never_takes_what_was_given(shop, members):
    await shop.sell(stock=3)
    await outcomes(members, handing(await members.register()))

    answers = await asyncio.gather(
        *(shop.act("restockReward", code="mug", more=2, idempotencyKey="k") for _ in range(4))
    )
    other = await shop.act("restockReward", code="mug", more=3, idempotencyKey="k")
    too_many = await shop.act("restockReward", code="mug", more=-5, idempotencyKey="l")
    all_left = await shop.act("restockReward", code="mug", more=-4, idempotencyKey="m")

    assert {each["__typename"] for each in answers} == {"RewardWasRestocked"}
    assert other["__typename"] == "IdempotencyKeyReused"
    assert too_many == {
        "__typename": "Conflict",
        "message": "4 are left: 5 can't be taken away.",
    }
    assert all_left["reward"]["stock"] == {"stocked": 1, "given": 1, "left": 0}


async def test_two_who_choose_the_same_key_both_restock(shop, members):
    await shop.sell(stock=3)
    colleague = members.harness.token("marketer", unit="hq", subject="eve")

    answers = [
        await shop.act("restockReward", as_=as_, code="mug", more=2, idempotencyKey="1")
        for as_ in (None, colleague)
    ]

    assert [each["reward"]["stock"]["stocked"] for each in answers] == [5, 7]


async def test_a_reward_is_a_voucher_of_a_type_that_can_be_issued_or_it_is_not_published(
    shop, vouchers
):
    await vouchers.draft("ten")
    await vouchers.a_type("public", coding="SINGLE", singleCode="SUMMER20")
    await vouchers.a_type("far", unit="hq.gd")
    ticket = {"kind": "VOUCHER", "code": "ticket", "unit": "hq.zj"}
    nobodys = [await shop.define(**ticket, voucherType=each) for each in ("nope", "public", "far")]
    await shop.define(**ticket, voucherType="ten")

    early = await shop.act("publishReward", code="ticket")
    await vouchers.activate("ten")
    in_time = await shop.act("publishReward", code="ticket")

    assert [(each["__typename"], each["field"]) for each in nobodys] == [
        ("InvalidInput", "voucherType")
    ] * 3
    assert early == {
        "__typename": "Conflict",
        "message": "Its voucher type ten is not live: have it activated first.",
    }
    assert in_time["reward"]["state"] == "LIVE"


async def test_what_can_not_run_out_can_not_be_restocked(shop):
    await shop.sell()

    answer = await shop.act("restockReward", code="mug", more=2, idempotencyKey="k")

    assert answer["__typename"] == "Conflict"


async def test_a_member_sees_what_there_is_and_all_that_bars_them(shop, members):
    now = utcnow()
    await shop.define(code="a-draft")
    await shop.sell("fine")
    await shop.sell("for-gold", lowestTier="gold")
    await shop.sell("for-the-loyal", segments=["loyal"])
    await shop.sell("later", validFrom=now + timedelta(days=1))
    await shop.sell("not-sold", price=None)
    await shop.sell("over", validUntil=now + timedelta(days=1))
    await shop.sell("precious", price=10_000)
    await shop.sell("sold-out", stock=0)
    await shop.sell("elsewhere", unit="hq.js")
    await members.sql("UPDATE reward SET valid_until = now() WHERE code = 'over'")
    customer = await shop.member_with(100, unit="hq.zj.hz")

    assert await shop.for_member(customer) == {
        "fine": [],
        "for-gold": ["TIER_TOO_LOW"],
        "for-the-loyal": ["NOT_IN_SEGMENT"],
        "later": ["NOT_YET"],
        "not-sold": ["NOT_FOR_POINTS"],
        "precious": ["NOT_ENOUGH_POINTS"],
        "sold-out": ["OUT_OF_STOCK"],
    }


async def test_tier_and_segment_open_what_was_barred(shop, members):
    await shop.sell("for-gold", lowestTier="gold")
    await shop.sell("for-the-loyal", segments=["loyal", "others"])
    customer = await shop.member_with(10_000)
    joined = {
        "segment_id": uuid7(),
        "code": "loyal",
        "position": 1,
        "joined": [customer],
        "left": [],
    }

    await members.harness.hear(SEGMENT_CHANGED, joined)

    assert await shop.for_member(customer) == {"for-gold": [], "for-the-loyal": []}


async def test_rewards_are_seen_and_changed_in_the_units_they_are_for(shop, members):
    token = members.harness.token
    await shop.sell("for-all")
    await shop.define(code="draft-of-all")
    await shop.sell("for-zj", unit="hq.zj")
    await shop.sell("for-js", unit="hq.js")
    in_zj = token("marketer", unit="hq.zj")
    member = await shop.member_with(1, unit="hq.zj.hz")
    as_member = token("customer", unit=None, customer=str(member))
    query = "{ rewards { edges { node { code cost { minor } } } } }"

    seen = [
        [edge["node"]["code"] for edge in data["rewards"]["edges"]]
        for data in [
            await members.harness.graph(query, as_=each) for each in (shop.marketer, in_zj)
        ]
    ]
    foreign = await shop.act("endReward", as_=in_zj, code="for-all")

    assert seen == [["draft-of-all", "for-all", "for-js", "for-zj"], ["for-all", "for-zj"]]
    assert foreign["__typename"] == "NotFound"
    assert [await shop.reward(code, as_member, "code") for code in ("for-zj", "for-js")] == [
        {"code": "for-zj"},
        None,
    ]
    for attempt in (
        shop.define(as_=in_zj, code="new"),
        shop.act("changeReward", as_=in_zj, code="for-zj", input={"unit": "hq"}),
        shop.define(as_=as_member, code="new"),
        shop.reward("for-zj", as_member, "cost { minor }"),
    ):
        with pytest.raises(GraphFailed) as failed:
            await attempt
        assert failed.value.codes == ["FORBIDDEN"]
    assert await shop.reward("new") is None


async def test_a_reward_is_found_by_its_code_as_the_gateway_asks(shop, members):
    await shop.sell()

    found = await members.harness.entity(
        {"__typename": "Reward", "code": "mug"}, "name", as_=shop.marketer
    )

    assert found == {"name": "A mug"}


async def test_of_fifty_exactly_fifty_are_handed_out_however_many_want_one(shop, members):
    await shop.sell(stock=50)
    customers = [uuid7() for _ in range(80)]

    async def want(customer):
        return (await outcomes(members, handing(customer)))[0]

    answers = await asyncio.gather(*(want(each) for each in customers))

    assert Counter(answers) == {"given": 50, "out_of_stock": 30}
    assert (await shop.reward())["stock"] == {"stocked": 50, "given": 50, "left": 0}


async def test_a_batch_is_given_as_far_as_the_stock_goes(shop, members):
    await shop.sell("mug", stock=2)
    await shop.sell("pen")
    customers = [uuid7() for _ in range(3)]
    wanted = [handing(each, code) for code in ("mug", "pen", "cup") for each in customers]

    answers = await outcomes(members, *wanted)

    assert answers == ["given"] * 2 + ["out_of_stock"] + ["given"] * 3 + ["unknown"] * 3


async def test_a_source_is_given_one_and_what_was_given_back_is_there_for_others(shop, members):
    await shop.sell(stock=1)
    one, other = handing(uuid7()), handing(uuid7())

    first = [await outcomes(members, each) for each in (one, one, other)]
    for _ in range(2):
        async with members.harness.db.transaction() as session:
            await give_back(session, "benefit", [one.source_id])
    then = [await outcomes(members, each) for each in (other, one)]

    assert first == [["given"], ["given"], ["out_of_stock"]]
    assert then == [["given"], ["not_allowed"]]
    assert await shop.left() == 0


async def test_the_same_source_at_once_is_given_one(shop, members):
    await shop.sell(stock=5)
    wanted = handing(uuid7())

    answers = await asyncio.gather(
        *(outcomes(members, wanted) for _ in range(5)), return_exceptions=True
    )

    assert ["given"] in answers
    assert not any(isinstance(each, DomainError) for each in answers)
    assert await shop.left() == 4


async def test_a_member_is_given_no_more_than_one_may_in_all_and_on_a_day(shop, members):
    await shop.sell("mug", stock=9, mostPerMember=3, mostPerDay=2)
    customer, other = await members.register(), await members.register()

    at_once = await asyncio.gather(*(outcomes(members, handing(customer)) for _ in range(5)))
    together = await outcomes(members, *(handing(other) for _ in range(3)))
    barred = await shop.for_member(customer)
    await members.sql("UPDATE reward_given SET day = day - 1")
    next_day = [await outcomes(members, handing(customer)) for _ in range(2)]

    assert Counter(each for (each,) in at_once) == {"given": 2, "not_allowed": 3}
    assert together == ["given", "given", "not_allowed"]
    assert barred["mug"] == ["DAILY_LIMIT_REACHED", "NOT_ENOUGH_POINTS"]
    assert next_day == [["given"], ["not_allowed"]]
    assert await shop.left() == 4


async def test_what_has_ended_or_is_for_others_is_not_handed_out(shop, members):
    await shop.sell("over")
    await shop.act("endReward", code="over")
    await shop.define(code="draft")
    await shop.sell("for-gold", lowestTier="gold")
    await shop.sell("elsewhere", unit="hq.js")
    await shop.sell("not-sold", price=None)
    customer = await members.register(unit="hq.zj")

    async with members.harness.db.transaction() as session:
        answers = await hand_out(
            session,
            [
                handing(customer, code)
                for code in ("over", "draft", "for-gold", "elsewhere", "not-sold", "none")
            ],
        )

    assert [(each.outcome, each.reason) for each in answers] == [
        ("ended", "its time is over"),
        ("unknown", "it is not published"),
        ("not_allowed", "it is for higher tiers"),
        ("not_allowed", "it is for members of other units"),
        ("given", ""),
        ("unknown", "there is no such reward"),
    ]
    assert (answers[4].title, answers[4].cost_minor, answers[4].currency) == ("A mug", 2_500, "CNY")


async def test_what_two_had_counts_for_the_one_they_are(shop, members):
    await shop.sell(mostPerMember=2)
    one, other = await members.register(), await members.register()
    await outcomes(members, handing(one), handing(other))

    merged = {"merge_id": uuid7(), "customer_id": one, "absorbed_id": other, "at": utcnow()}
    await members.harness.hear("octoreach.customer.customer.merged.v1", merged)

    assert await outcomes(members, handing(one)) == ["not_allowed"]
