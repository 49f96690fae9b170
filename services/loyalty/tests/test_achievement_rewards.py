"""Levels give rewards, vouchers and chances: once, as far as there are any, and back with the level."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from kit.models import utcnow
from kit.testing.harness import GraphFailed
from loyalty.achievements.commands.rewarding import give_rewards

DRAFT = """mutation ($input: DraftAchievementInput!) { draftAchievement(input: $input) { __typename
  ... on InvalidInput { field }
  ... on AchievementWasDrafted { achievement { levels { rewards { kind reference many } } } } } }"""
ACTIVATE = 'mutation { activateAchievement(code: "buyer") { __typename } }'
GIVEN = "kind reference many state reason"
MINE = f"achievements {{ reached {{ lostAt rewards {{ id {GIVEN} }} }} }}"
REFUSED = "{ refusedAchievementRewards { edges { node { id customerId reason } } } }"
RETRY = """mutation ($id: UUID!) { retryAchievementReward(id: $id) { __typename
  ... on AchievementRewardIsRetried { reward { state } } ... on Refusal { message } } }"""
MERGED = "octoreach.customer.customer.merged.v1"
MUG = {"kind": "REWARD", "reference": "mug"}


class Levels:
    """An achievement whose one level gives things, and what became of them."""

    def __init__(self, members: Any) -> None:
        self.members, self.harness = members, members.harness
        self.ann = self.harness.token("marketer", subject="ann", unit="hq")
        self.bob = self.harness.token("approver", subject="bob", unit="hq")

    async def draft(self, *rewards: dict[str, Any], **terms: Any) -> Any:
        step = {"name": "bronze", "threshold": 2, "rewards": [*rewards]}
        asked = {"code": "buyer", "name": "Buyer", "unit": "hq", "measure": "ORDERS"}
        asked |= {"span": "EVER", "levels": [step], **terms}
        data = await self.harness.graph(DRAFT, as_=self.ann, input=asked)
        return data["draftAchievement"]

    async def give(self, *rewards: dict[str, Any]) -> None:
        drafted = await self.draft(*rewards)
        assert drafted["__typename"] == "AchievementWasDrafted", drafted
        await self.harness.graph(ACTIVATE, as_=self.bob)

    async def reach(self, customer: UUID) -> list[UUID]:
        return [await self.members.order(customer, 0) for _ in range(2)]

    async def turn(self) -> None:
        for _ in range(2):
            await self.harness.turn(give_rewards)

    async def of(self, customer: UUID) -> list[dict[str, Any]]:
        found = await self.harness.entity(
            {"__typename": "Customer", "id": str(customer)}, MINE, as_=self.members.operator
        )
        return [one for level in found["achievements"][0]["reached"] for one in level["rewards"]]

    async def states(self, customer: UUID) -> list[str]:
        return sorted(each["state"] for each in await self.of(customer))

    async def retry(self, reward: str, as_: str | None = None) -> Any:
        data = await self.harness.graph(RETRY, as_=as_ or self.members.operator, id=reward)
        return data["retryAchievementReward"]


@pytest.fixture
def levels(members: Any) -> Levels:
    return Levels(members)


async def test_a_level_gives_all_it_promises_once_however_many_are_at_work(
    levels, members, shop, vouchers
):
    await shop.sell(stock=5)
    await vouchers.a_type("ten")
    await levels.give(MUG, {"kind": "VOUCHER", "reference": "ten"})
    customer = await members.register()
    await levels.reach(customer)
    waiting = await levels.states(customer)

    await asyncio.gather(*(levels.turn() for _ in range(3)))
    await levels.reach(customer)
    await levels.turn()

    assert waiting == ["WAITING", "WAITING"]
    assert await levels.states(customer) == ["GIVEN", "GIVEN"]
    assert await shop.left() == 4
    assert [each["state"] for each in await vouchers.of(customer)] == ["OPEN"]
    told = await members.announced("achievement.rewarded")
    assert sorted(each["reference"] for each in told) == ["mug", "ten"]
    (asked,) = await members.announced("fulfilment.requested")
    assert (asked["source_kind"], asked["reward_code"]) == ("achievement", "mug")


async def test_what_is_out_of_stock_is_told_and_given_when_staff_retry_it(levels, members, shop):
    await shop.sell(stock=1)
    await levels.give(MUG)
    one, other = await members.register(), await members.register()
    for customer in (one, other):
        await levels.reach(customer)
        await levels.turn()

    listed = await levels.harness.graph(REFUSED, as_=members.operator)
    ((refused,),) = [[each["node"] for each in listed["refusedAchievementRewards"]["edges"]]]
    too_soon = await levels.retry(refused["id"])
    await levels.turn()
    still = await levels.states(other)
    await shop.act("restockReward", code="mug", more=1, idempotencyKey="again")
    elsewhere = await levels.retry(refused["id"], levels.harness.token("marketer", unit="hq.sd"))
    answers = await asyncio.gather(*(levels.retry(refused["id"]) for _ in range(3)))
    await levels.turn()

    assert refused["customerId"] == str(other)
    (withheld, _) = await members.announced("achievement.withheld")
    assert withheld["reason"] == refused["reason"] != ""
    assert too_soon["reward"] == {"state": "WAITING"}
    assert still == ["REFUSED"]
    assert elsewhere["__typename"] == "NotFound"
    assert sorted(each["__typename"] for each in answers) == [
        "AchievementRewardIsRetried", "Conflict", "Conflict",
    ]  # fmt: skip
    assert await levels.states(other) == ["GIVEN"]
    assert await shop.left() == 0
    for role in ("customer", "analyst", "partner"):
        with pytest.raises(GraphFailed):
            await levels.retry(refused["id"], levels.harness.token(role, customer=str(other)))


async def test_a_lost_level_takes_back_what_nobody_has_used_and_keeps_what_is_on_its_way(
    levels, members, shop, vouchers
):
    await shop.sell(stock=5)
    await vouchers.a_type("ten")
    await levels.give(MUG, {"kind": "VOUCHER", "reference": "ten"})
    customer, early = await members.register(), await members.register()
    _, order = await levels.reach(customer)
    await levels.turn()
    _, soon = await levels.reach(early)
    await members.cancel(early, soon)
    await levels.turn()

    await members.cancel(customer, order)
    lost = {each["kind"]: each["state"] for each in await levels.of(customer)}
    await members.order(customer, 0)
    await levels.turn()

    assert await levels.states(early) == ["TAKEN_BACK", "TAKEN_BACK"]
    assert lost == {"REWARD": "GIVEN", "VOUCHER": "TAKEN_BACK"}
    assert await levels.states(customer) == ["GIVEN", "GIVEN", "TAKEN_BACK"]
    assert await shop.left() == 4
    assert sorted(each["state"] for each in await vouchers.of(customer)) == ["OPEN", "WITHDRAWN"]


async def test_chances_to_draw_are_granted_once_and_unused_ones_go_with_the_level(levels, members):
    await a_lottery(levels)
    await levels.give({"kind": "LOTTERY", "reference": "wheel", "many": 3})
    customer = await members.register()
    _, order = await levels.reach(customer)
    await asyncio.gather(levels.turn(), levels.turn())
    granted = await chances(levels, customer)

    await members.cancel(customer, order)

    assert (granted, await chances(levels, customer)) == (3, 0)
    assert await levels.states(customer) == ["TAKEN_BACK"]


async def a_lottery(levels: Levels) -> None:
    ten = {"code": "ten", "name": "Ten", "kind": "POINTS", "odds": 1_000_000, "amount": 10}
    blank = {"code": "blank", "name": "Next time", "kind": "BLANK", "odds": 0}
    asked = {
        "code": "wheel", "name": "Wheel", "unit": "hq", "price": 5, "prizes": [ten, blank],
        "endsAt": utcnow() + timedelta(days=30),
    }  # fmt: skip
    await levels.harness.graph(
        "mutation ($input: DraftLotteryInput!) { draftLottery(input: $input) { __typename } }",
        as_=levels.ann,
        input=asked,
    )
    approver = levels.harness.token("approver", subject="bob", scope="approve:finance")
    opened = await levels.harness.graph(
        'mutation { openLottery(code: "wheel") { __typename } }', as_=approver
    )
    assert opened["openLottery"]["__typename"] == "LotteryWasOpened"


async def chances(levels: Levels, customer: UUID) -> int:
    query = 'query ($c: UUID!) { lottery(code: "wheel") { chances(customerId: $c) } }'
    found = await levels.harness.graph(query, as_=levels.members.operator, c=customer)
    return int(found["lottery"]["chances"])


@pytest.mark.parametrize(
    ("reward", "field"),
    [
        (MUG | {"reference": "none"}, "reference"),
        (MUG | {"many": 2}, "many"),
        ({"kind": "LOTTERY", "reference": "mug", "many": 101}, "many"),
        ({"kind": "VOUCHER", "reference": "mug"}, "reference"),
    ],
)
async def test_what_can_not_be_given_is_not_promised(levels, shop, reward, field):
    await shop.sell(unit="hq.zj")

    drafted = await levels.draft(reward)
    of_a_unit_below = await levels.draft(MUG)

    assert drafted["field"] == f"levels[0].rewards[0].{field}"
    assert of_a_unit_below["field"] == "levels[0].rewards[0].reference"


async def test_what_was_promised_moves_with_a_merge_and_goes_to_the_survivor(levels, members, shop):
    await shop.sell(stock=5)
    await levels.give(MUG)
    ada, bob = await members.register(), await members.register()
    await levels.reach(bob)
    merge = {"merge_id": uuid4(), "customer_id": ada, "absorbed_id": bob}
    await members.harness.hear(MERGED, merge)

    await levels.turn()

    (asked,) = await members.announced("fulfilment.requested")
    assert asked["customer_id"] == str(ada)
    assert await levels.states(ada) == ["GIVEN"]
    assert await shop.left() == 4
