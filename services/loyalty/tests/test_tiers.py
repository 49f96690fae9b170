import asyncio
from datetime import timedelta

from kit.models import utcnow, uuid7
from loyalty.tiers.commands import review_tiers

TIER = "tier { code name qualifyingPoints nextCode missingToNext }"
GRACE = "tier { code graceUntil missingToKeep }"
CHANGES = "tier { changes { edges { node { fromTier toTier qualifyingPoints } } } }"


async def changes(members, customer):
    edges = (await members.points(customer, CHANGES))["tier"]["changes"]["edges"]
    return [tuple(edge["node"].values()) for edge in edges]


async def review(members, days):
    async with members.harness.db.transaction() as session:
        await review_tiers(session, utcnow() + timedelta(days=days))


async def test_who_has_earned_nothing_has_no_tier_and_sees_what_is_missing(members):
    customer = await members.register()

    assert (await members.points(customer, TIER))["tier"] == {
        "code": "none",
        "name": "非会员",
        "qualifyingPoints": 0,
        "nextCode": "star",
        "missingToNext": 100,
    }


async def test_a_tier_is_reached_at_its_threshold_at_once(members):
    customer = await members.register()

    await members.order(customer, 99_00)
    before = (await members.points(customer, TIER))["tier"]
    await members.order(customer, 1_00)

    assert (before["code"], before["missingToNext"]) == ("none", 1)
    assert (await members.points(customer, TIER))["tier"] == {
        "code": "star",
        "name": "星级",
        "qualifyingPoints": 100,
        "nextCode": "gold",
        "missingToNext": 900,
    }
    assert await members.announced("tier.changed") == [
        {
            "subject": "octoreach.loyalty.tier.changed.v1",
            "customer_id": str(customer),
            "version": 1,
            "from_tier": "none",
            "to_tier": "star",
        }
    ]


async def test_one_order_can_lift_over_several_tiers_to_the_top(members):
    customer = await members.register()

    await members.order(customer, 7_000_00)

    tier = (await members.points(customer, TIER))["tier"]
    assert (tier["code"], tier["nextCode"], tier["missingToNext"]) == ("vip", None, None)
    assert await changes(members, customer) == [("none", "vip", 7000)]


async def test_orders_placed_more_than_twelve_months_ago_do_not_count(members):
    customer = await members.register()

    await members.order(customer, 500_00, at=utcnow() - timedelta(days=367))
    await members.order(customer, 99_00, at=utcnow() - timedelta(days=364))

    tier = (await members.points(customer, TIER))["tier"]
    assert (tier["code"], tier["qualifyingPoints"]) == ("none", 99)


async def test_many_orders_at_once_raise_a_tier_once(members):
    customer = await members.register()

    await asyncio.gather(*(members.order(customer, 10_00) for _ in range(10)))

    assert (await members.points(customer, TIER))["tier"]["qualifyingPoints"] == 100
    assert len(await members.announced("tier.changed")) == 1


async def test_spending_does_not_lower_what_qualifies(members, spend):
    customer = await members.register()
    await members.order(customer, 100_00)

    await spend(customer, 100)

    assert (await members.points(customer, TIER))["tier"]["qualifyingPoints"] == 100


async def test_a_cancelled_order_counts_no_longer_but_the_tier_stays_until_the_period_ends(members):
    customer = await members.register()
    order = await members.order(customer, 1_000_00)

    await members.cancel(customer, order)
    stays = (await members.points(customer, TIER))["tier"]
    await review(members, days=364)
    still = (await members.points(customer, TIER))["tier"]["code"]
    await review(members, days=366)
    spared = (await members.points(customer, GRACE))["tier"]
    await review(members, days=395)
    almost = (await members.points(customer, TIER))["tier"]["code"]
    await review(members, days=397)

    assert (spared["code"], spared["missingToKeep"], almost) == ("gold", 1000, "gold")
    assert spared["graceUntil"] is not None
    assert (stays["code"], stays["qualifyingPoints"], still) == ("gold", 0, "gold")
    assert (await members.points(customer, TIER))["tier"]["code"] == "none"
    assert await changes(members, customer) == [("gold", "none", 0), ("none", "gold", 1000)]


async def test_at_the_period_end_the_tier_that_is_still_deserved_is_kept_and_told_to_nobody(
    members,
):
    customer = await members.register()
    await members.order(customer, 100_00)
    await members.sql("UPDATE member_tier SET period_ends_at = now() - interval '1 day'")

    await review(members, days=0)
    await review(members, days=0)

    assert (await members.points(customer, TIER))["tier"]["code"] == "star"
    assert len(await members.announced("tier.changed")) == 1


async def test_falling_goes_to_the_tier_deserved_and_versions_count_on(members):
    customer = await members.register()
    await members.order(customer, 6_000_00, at=utcnow() - timedelta(days=364))
    await members.order(customer, 150_00)
    await members.sql("UPDATE member_tier SET period_ends_at = now() - interval '1 day'")

    await review(members, days=3)
    await review(members, days=34)

    assert [
        (each["version"], each["from_tier"], each["to_tier"])
        for each in await members.announced("tier.changed")
    ] == [(1, "none", "vip"), (2, "vip", "star")]


async def test_reviews_at_once_lower_a_member_once(members):
    customer = await members.register()
    order = await members.order(customer, 100_00)
    await members.cancel(customer, order)

    await asyncio.gather(*(review(members, days=366) for _ in range(5)))
    await asyncio.gather(*(review(members, days=397) for _ in range(5)))

    assert len(await members.announced("tier.changed")) == 2


async def test_who_earns_what_is_missing_in_the_days_of_grace_keeps_the_tier(members):
    customer = await members.register()
    await members.order(customer, 150_00, at=utcnow() - timedelta(days=364))
    await members.sql("UPDATE member_tier SET period_ends_at = now() - interval '1 day'")
    await review(members, days=3)

    await members.order(customer, 100_00)
    await review(members, days=34)

    tier = (await members.points(customer, GRACE))["tier"]
    assert tier == {"code": "star", "graceUntil": None, "missingToKeep": 0}
    assert len(await members.announced("tier.changed")) == 1


async def test_an_order_and_the_review_at_once_never_lower_who_deserves_the_tier(members):
    customers = [await members.register() for _ in range(6)]
    for customer in customers:
        await members.order(customer, 100_00, at=utcnow() - timedelta(days=364))
    await members.sql(
        "UPDATE member_tier SET period_ends_at = now() - interval '1 day', "
        "grace_until = now() - interval '1 hour'"
    )

    async def order_late(customer):
        await members.order(customer, 100_00)

    await asyncio.gather(
        *(order_late(each) for each in customers), *(review(members, days=3) for _ in range(4))
    )
    await asyncio.gather(*(review(members, days=3) for _ in range(2)))

    tiers = [(await members.points(each, TIER))["tier"] for each in customers]
    assert [(each["code"], each["qualifyingPoints"]) for each in tiers] == [("star", 200)] * 6


async def test_a_tier_says_what_it_brings(members):
    ladder = "{ loyaltyTiers { code threshold benefits } }"
    describe = """mutation ($code: String!, $text: String!) {
      describeTier(code: $code, benefits: $text) { __typename } }"""
    ann, customer = members.harness.token("marketer"), await members.register()

    answers = [
        (await members.harness.graph(describe, as_=ann, code=code, text=text))["describeTier"]
        for code, text in (("none", "Welcome."), ("iron", "?"), ("star", "x" * 2_001))
    ]

    assert [each["__typename"] for each in answers] == [
        "TierWasDescribed", "NotFound", "InvalidInput",
    ]  # fmt: skip
    assert (await members.points(customer, "tier { benefits }"))["tier"]["benefits"] == "Welcome."
    assert (await members.harness.graph(ladder, as_=ann))["loyaltyTiers"] == [
        {"code": "none", "threshold": 0, "benefits": "Welcome."},
        {"code": "star", "threshold": 100, "benefits": ""},
        {"code": "gold", "threshold": 1_000, "benefits": ""},
        {"code": "vip", "threshold": 5_000, "benefits": ""},
    ]


async def test_granted_points_do_not_qualify(members):
    customer = await members.register()

    await members.grant(customer, kind="points", points=500)

    assert await members.balance(customer) == 500
    assert (await members.points(customer, TIER))["tier"]["qualifyingPoints"] == 0


async def test_many_tiers_are_found_with_one_query_each_right(members):
    customers = [await members.register() for _ in range(3)]
    for customer, amount in zip(customers, (0, 100_00, 1_000_00), strict=True):
        await members.order(customer, amount)
    query = """query ($r: [_Any!]!) { _entities(representations: $r) {
      ... on Customer { points { tier { code } } } } }"""

    data = await members.harness.graph(
        query,
        as_=members.operator,
        signed=True,
        r=[{"__typename": "Customer", "id": str(each)} for each in [*customers, uuid7()]],
    )

    assert data["_entities"] == [
        {"points": {"tier": {"code": "none"}}},
        {"points": {"tier": {"code": "star"}}},
        {"points": {"tier": {"code": "gold"}}},
        {"points": None},
    ]
