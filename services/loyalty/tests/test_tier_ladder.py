"""The ladder of tiers: changed by headquarters in versions; members rise soon and fall late."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from kit.models import utcnow, uuid7
from kit.schedules import MORE
from kit.testing.harness import GraphFailed
from loyalty.accounts.commands import hold_accounts
from loyalty.tiers.commands import count_towards_tiers, lift_members, lifting, review_tiers
from loyalty.tiers.models import Qualifying

SEEN = """{ __typename ... on %s { tier { code version name threshold benefits } }
  ... on Refusal { message } ... on InvalidInput { field } }"""
ADD = "mutation ($input: AddTierInput!) { addTier(input: $input) %s }" % (SEEN % "TierWasAdded")
CHANGE = (
    "mutation ($code: String!, $version: Int!, $name: String!, $threshold: Long!) {"
    " changeTier(code: $code, version: $version, name: $name, threshold: $threshold) "
    + SEEN % "TierWasChanged"
    + "}"
)
DESCRIBE = 'mutation { describeTier(code: "star", benefits: "Tea.") { __typename } }'
LADDER = """{ loyaltyTiers { code threshold version versions {
  version name threshold benefits setBy lift { risen endedAt } } } }"""
WAITING = """SELECT EXISTS (SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock')"""
SILVER = {"code": "silver", "name": "银卡", "threshold": 500}
AT_FIRST = [("none", 0), ("star", 100), ("gold", 1_000), ("vip", 5_000)]


class Ladder:
    """Headquarters at the ladder, and what it comes to."""

    def __init__(self, members: Any) -> None:
        self.members = members
        self.ann = members.harness.token("marketer", subject="ann")

    async def add(self, as_: str | None = None, **more: Any) -> Any:
        asked = SILVER | more
        return (await self.members.harness.graph(ADD, as_=as_ or self.ann, input=asked))["addTier"]

    async def change(self, code: str, version: int = 1, as_: str | None = None, **to: Any) -> Any:
        asked = {"code": code, "version": version, "name": "星级", "threshold": 100} | to
        return (await self.members.harness.graph(CHANGE, as_=as_ or self.ann, **asked))[
            "changeTier"
        ]

    async def seen(self) -> list[dict[str, Any]]:
        tiers = await self.members.harness.graph(LADDER, as_=self.ann)
        return list(tiers["loyaltyTiers"])

    async def steps(self) -> list[tuple[str, int]]:
        return [(each["code"], each["threshold"]) for each in await self.seen()]

    async def versions(self, code: str) -> list[dict[str, Any]]:
        return next(each["versions"] for each in await self.seen() if each["code"] == code)

    async def lift(self) -> object:
        async with self.members.harness.db.transaction() as session:
            return await lift_members(session)

    async def lift_until_killed(self) -> None:
        async with self.members.harness.db.transaction() as session:
            await lift_members(session)
            raise ConnectionError

    async def lift_all(self) -> None:
        while await self.lift() is MORE:
            pass

    async def review(self, days: int) -> None:
        async with self.members.harness.db.transaction() as session:
            await review_tiers(session, utcnow() + timedelta(days=days))

    async def having(self, *points: int) -> list[Any]:
        """Members with so many qualifying points each."""
        customers = [await self.members.register() for _ in points]
        for customer, each in zip(customers, points, strict=True):
            await self.members.order(customer, each * 100)
        return customers

    async def tiers(self, customers: list[Any]) -> list[str]:
        return [
            (await self.members.points(each, "tier { code }"))["tier"]["code"] for each in customers
        ]

    async def told(self) -> list[tuple[str, str]]:
        events = await self.members.announced("tier.changed")
        return [(each["from_tier"], each["to_tier"]) for each in events]


@pytest.fixture
def ladder(members: Any) -> Ladder:
    return Ladder(members)


async def test_a_tier_that_is_added_lifts_exactly_those_who_deserve_it_once(ladder):
    customers = await ladder.having(99, 499, 500, 999, 1_000)
    before = await ladder.tiers(customers)
    told = await ladder.told()

    added = await ladder.add(benefits="Tea.")
    at_once = await ladder.tiers(customers)
    await ladder.lift_all()
    await ladder.lift_all()

    assert before == at_once == ["none", "star", "star", "star", "gold"]
    assert added["tier"] == SILVER | {"version": 1, "benefits": "Tea."}
    assert await ladder.tiers(customers) == ["none", "star", "silver", "silver", "gold"]
    assert (await ladder.told())[len(told) :] == [("star", "silver")] * 2
    [version] = await ladder.versions("silver")
    assert (version["setBy"], version["lift"]["risen"]) == ("ann", 2)
    assert version["lift"]["endedAt"] is not None


async def test_who_earns_after_a_tier_is_added_reaches_it_at_once(ladder):
    await ladder.add()

    [customer] = await ladder.having(500)

    assert await ladder.tiers([customer]) == ["silver"]
    missing = (await ladder.members.points(customer, "tier { nextCode missingToNext }"))["tier"]
    assert missing == {"nextCode": "gold", "missingToNext": 500}


async def test_a_threshold_that_is_lowered_lifts_those_who_reach_it_now(ladder):
    customers = await ladder.having(50, 700, 900)

    changed = await ladder.change("gold", name="金卡", threshold=800)
    await ladder.lift_all()

    assert (changed["tier"]["version"], changed["tier"]["threshold"]) == (2, 800)
    assert await ladder.tiers(customers) == ["none", "star", "gold"]
    assert (await ladder.told())[2:] == [("star", "gold")]


async def test_a_threshold_that_is_raised_lowers_nobody_before_their_period_and_grace_end(ladder):
    customers = await ladder.having(1_200)
    await ladder.change("gold", name="金卡", threshold=2_000)
    await ladder.lift_all()
    await ladder.members.order(customers[0], 1_00)
    await ladder.review(days=360)
    early = await ladder.tiers(customers)

    await ladder.members.sql(
        "UPDATE qualifying_points SET qualified_at = now() + interval '300 days'"
    )
    await ladder.review(days=366)
    spared = await ladder.tiers(customers)
    await ladder.review(days=397)

    assert (early, spared) == (["gold"], ["gold"])
    assert await ladder.tiers(customers) == ["star"]
    assert await ladder.told() == [("none", "gold"), ("gold", "star")]
    assert (await ladder.versions("gold"))[0]["lift"] is None


async def test_a_lift_that_is_killed_goes_on_where_it_was_and_tells_of_each_once(
    ladder, monkeypatch
):
    monkeypatch.setattr(lifting, "LIFTED_AT_ONCE", 2)
    customers = await ladder.having(600, 600, 600, 600, 600)
    await ladder.add()
    await ladder.lift()

    with pytest.raises(ConnectionError):
        await ladder.lift_until_killed()
    [halfway] = await ladder.versions("silver")
    await ladder.lift_all()

    assert halfway["lift"] == {"risen": 2, "endedAt": None}
    assert await ladder.tiers(customers) == ["silver"] * 5
    assert (await ladder.told())[5:] == [("star", "silver")] * 5
    assert (await ladder.versions("silver"))[0]["lift"]["risen"] == 5


async def test_an_order_that_was_counted_by_the_ladder_of_before_is_waited_for(ladder):
    members, now = ladder.members, utcnow()
    [customer] = await ladder.having(450)
    waits = False

    async with members.harness.db.transaction() as early:
        await hold_accounts(early, [customer])
        await count_towards_tiers(early, [Qualifying(uuid7(), customer, 50, now)])
        await ladder.add()
        lift = asyncio.create_task(ladder.lift())
        while not lift.done() and not waits:
            waits = await members.scalar(WAITING)
    await lift

    assert waits
    assert await ladder.tiers([customer]) == ["silver"]


async def test_orders_reviews_and_several_lifts_at_once_raise_each_once(ladder):
    customers = await ladder.having(450, 450, 600, 600)
    await ladder.add()
    await ladder.change("gold", name="金卡", threshold=900)

    await asyncio.gather(
        *(ladder.members.order(each, 100_00) for each in customers),
        *(ladder.lift() for _ in range(4)),
        ladder.review(days=1),
    )
    await ladder.lift_all()

    assert await ladder.tiers(customers) == ["silver"] * 4
    assert Counter(await ladder.told()) == {("none", "star"): 4, ("star", "silver"): 4}


async def test_each_change_is_a_version_with_who_made_it_and_the_same_again_changes_nothing(ladder):
    bob = ladder.members.harness.token("operator", subject="bob")
    await ladder.change("star", threshold=150)
    await ladder.change("star", threshold=150)
    await ladder.members.harness.graph(DESCRIBE, as_=bob)
    await ladder.members.harness.graph(DESCRIBE, as_=bob)
    late = await ladder.change("star", version=2, threshold=200)
    await ladder.change("star", version=3, name="Star", threshold=120, as_=bob)
    added = [await ladder.add(), await ladder.add()]

    assert late["__typename"] == "Conflict"
    assert [each["__typename"] for each in added] == ["TierWasAdded"] * 2
    seen = [
        (each["version"], each["name"], each["threshold"], each["benefits"], each["setBy"])
        for each in await ladder.versions("star")
    ]
    assert seen == [
        (4, "Star", 120, "Tea.", "bob"),
        (3, "星级", 150, "Tea.", "bob"),
        (2, "星级", 150, "", "ann"),
        (1, "星级", 100, "", "migration"),
    ]
    assert len(await ladder.versions("silver")) == 1


async def test_of_those_who_change_the_ladder_at_once_one_is_told_first(ladder):
    changes = await asyncio.gather(*(ladder.change("star", threshold=to) for to in (60, 70, 80)))
    same = await asyncio.gather(*(ladder.add(code=code) for code in ("silver", "iron", "tin")))

    assert Counter(each["__typename"] for each in changes) == {"TierWasChanged": 1, "Conflict": 2}
    assert Counter(each["__typename"] for each in same) == {"TierWasAdded": 1, "Conflict": 2}
    assert [len(await ladder.versions("star")), len(await ladder.steps())] == [2, 5]


async def test_what_makes_no_sense_is_refused_with_the_place_and_changes_nothing(ladder):
    added = [
        await ladder.add(**wrong)
        for wrong in (
            {"code": "No Spaces"}, {"name": " "}, {"threshold": 0}, {"threshold": 10**12 + 1},
            {"benefits": "x" * 2_001},
        )
    ]  # fmt: skip
    changed = [
        await ladder.change("none", threshold=1),
        await ladder.change("star", threshold=0),
        await ladder.change("star", threshold=1_000),
        await ladder.change("gold", threshold=100),
        await ladder.change("vip", threshold=10**12 + 1),
        await ladder.change("gold", threshold=1_000, name="x" * 101),
    ]
    others = [
        await ladder.add(code="gold"),
        await ladder.add(threshold=1_000),
        await ladder.change("iron"),
    ]

    assert [each["field"] for each in added] == [
        "code", "name", "threshold", "threshold", "benefits"
    ]  # fmt: skip
    assert [each["field"] for each in changed] == ["threshold"] * 5 + ["name"]
    assert [each["__typename"] for each in others] == ["Conflict", "Conflict", "NotFound"]
    assert await ladder.steps() == AT_FIRST
    assert [each["version"] for each in await ladder.seen()] == [1] * 4
    assert await ladder.lift() is None


async def test_the_foot_may_be_named_anew_and_the_ladder_has_room_for_twenty(ladder):
    named = await ladder.change("none", name="Guest", threshold=0)
    for number in range(16):
        await ladder.add(code=f"step-{number}", threshold=10_000 + number)

    full = await ladder.add()

    assert (named["tier"]["name"], named["tier"]["threshold"]) == ("Guest", 0)
    assert full["__typename"] == "Conflict"
    assert len(await ladder.steps()) == 20


@pytest.mark.parametrize(
    ("role", "unit"), [("operator", "hq.zj"), ("approver", "hq"), ("analyst", "hq")]
)
async def test_only_marketers_and_operators_of_headquarters_change_the_ladder(ladder, role, unit):
    token = ladder.members.harness.token(role, unit=unit)

    with pytest.raises(GraphFailed) as adding:
        await ladder.add(as_=token)
    with pytest.raises(GraphFailed) as changing:
        await ladder.change("star", threshold=50, as_=token)

    assert (adding.value.codes, changing.value.codes) == (["FORBIDDEN"], ["FORBIDDEN"])
    assert await ladder.steps() == AT_FIRST


async def test_members_see_the_ladder_but_not_who_set_it(ladder):
    customer = await ladder.members.register()
    token = ladder.members.harness.token("customer", customer=str(customer))

    with pytest.raises(GraphFailed) as refused:
        await ladder.members.harness.graph(LADDER, as_=token)
    seen = await ladder.members.harness.graph("{ loyaltyTiers { code } }", as_=token)

    assert set(refused.value.codes) == {"FORBIDDEN"}
    assert [each["code"] for each in seen["loyaltyTiers"]] == ["none", "star", "gold", "vip"]


async def test_rules_may_name_a_tier_as_soon_as_it_is_on_the_ladder(ladder, rules):
    steps = [{"tier": "silver", "percent": 200}]
    progressive = {
        "kind": "PROGRESSIVE", "points": 1, "perMinor": 100, "stepsBy": "TIER", "steps": steps
    }  # fmt: skip
    before = await rules.draft(**progressive)

    await ladder.add()
    [customer] = await ladder.having(500)
    await rules.give(**progressive)
    await ladder.members.order(customer, 10_00)

    assert before["field"] == "steps"
    assert await ladder.members.balance(customer) == 500 + 10 + 20
