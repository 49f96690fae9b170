"""Rules that give points for later: they wait for their day, a person, or the end of their order."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.points.commands.ageing import age_lots, mature_points

DRAFT = """mutation ($input: DraftEarningRuleInput!) { draftEarningRule(input: $input) { __typename
  ... on EarningRuleWasDrafted { rule { id words usableAfterDays } } ... on InvalidInput { field } } }"""
ACTIVATE = """mutation ($code: String!, $draft: UUID!) {
  activateEarningRule(code: $code, draft: $draft) { __typename } }"""
SETTLE = """mutation ($input: PendingPointsInput!) { answer: %sPendingPoints(input: $input) {
  __typename ... on PendingPointsWere%s { points account { balance pending } }
  ... on InvalidInput { field } ... on Refusal { message } } }"""
DONE = {"confirm": "Confirmed", "cancel": "Cancelled"}
SIMULATE = """mutation { simulateEarningRule(code: "bonus") { ... on EarningRuleWasSimulated {
  simulation { points pointsWaiting usableAfterDays examples { explanation } } } } }"""
EARNINGS = """earnings { edges { node { event sourceId points
  lines { points usableAt cancelled explanation } } } }"""
MERGED = "octoreach.customer.customer.merged.v1"
UNMERGED = "octoreach.customer.customer.unmerged.v1"
SEEN = "balance pending debt"
NOTHING = {"balance": 0, "pending": 0, "debt": 0}


class Later:
    """A rule that gives points for later, and what becomes of them."""

    def __init__(self, members: Any) -> None:
        self.members = members
        token = members.harness.token
        self.ann, self.desk = token("marketer", subject="ann"), token("front_line")
        self.bob = token("approver", subject="bob", scope="approve:finance")

    async def draft(self, **terms: Any) -> Any:
        wanted = {"code": "bonus", "name": "Bonus", "event": "ORDER", "kind": "FIXED"}
        asked = {**wanted, "points": 50, "usableAfterDays": 14, **terms}
        data = await self.members.harness.graph(DRAFT, as_=self.ann, input=asked)
        return data["draftEarningRule"]

    async def give(self, **terms: Any) -> None:
        drafted = await self.draft(**terms)
        assert drafted["__typename"] == "EarningRuleWasDrafted"
        await self.members.harness.graph(
            ACTIVATE,
            as_=self.bob,
            code=terms.get("code", "bonus"),
            draft=drafted["rule"]["id"],
        )

    async def settle(self, how: str, source: UUID, as_: str | None = None, **more: Any) -> Any:
        asked = {"event": "ORDER", "sourceId": source, "reason": "it arrived", **more}
        asked.setdefault("idempotencyKey", str(uuid7()))
        query = SETTLE % (how, DONE[how])
        data = await self.members.harness.graph(query, as_=as_ or self.desk, input=asked)
        return data["answer"]

    async def age(self, days: float = 0) -> None:
        now = utcnow() + timedelta(days=days)
        async with self.members.harness.db.transaction() as session:
            await age_lots(session, now)

    async def has(self, customer: UUID) -> Any:
        return await self.members.points(customer, SEEN)

    async def earned(self, customer: UUID) -> Any:
        found = await self.members.harness.entity(
            {"__typename": "Customer", "id": str(customer)}, EARNINGS, as_=self.members.operator
        )
        return [each["node"] for each in found["earnings"]["edges"]]


@pytest.fixture
def later(members: Any) -> Later:
    return Later(members)


def read(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


async def test_what_a_rule_gives_for_later_is_told_as_pending_until_its_day_and_comes_once(
    later, members
):
    await later.give(qualifies=True)
    customer, at = await members.register(), utcnow()
    await members.order(customer, 0, at=at)
    day = at + timedelta(days=14)
    fields = "wallets { pending upcoming { points usableAt } } lots { expiresAt pending usableAt }"
    waiting = await members.points(customer, fields + " postings { edges { node { usableAt } } }")
    tier = await members.points(customer, "tier { qualifyingPoints }")
    await later.age(13.9)
    early = await later.has(customer)
    for days in (14.1, 0, 15):
        await later.age(days)

    (told,) = await members.announced("points.earned")
    (matured,) = await members.announced("points.matured")
    assert (told["pending"], read(told["usable_at"]), told["balance"]) == (True, day, 0)
    assert waiting["wallets"][0]["pending"] == 50
    (soon,) = waiting["wallets"][0]["upcoming"]
    assert (soon["points"], read(soon["usableAt"])) == (50, day)
    assert read(waiting["lots"][0]["usableAt"]) == day
    assert read(waiting["postings"]["edges"][0]["node"]["usableAt"]) == day
    assert (read(waiting["lots"][0]["expiresAt"]) - day).days >= 365
    assert tier["tier"]["qualifyingPoints"] == 50
    assert early == {"balance": 0, "pending": 50, "debt": 0}
    assert (matured["points"], matured["balance"]) == (50, 50)
    assert await later.has(customer) == {"balance": 50, "pending": 0, "debt": 0}
    assert await members.is_sound()


@pytest.mark.parametrize("days", [-1, 366])
async def test_a_rule_makes_nobody_wait_for_longer_than_a_year(later, days):
    assert await later.draft(usableAfterDays=days) == {
        "__typename": "InvalidInput",
        "field": "usableAfterDays",
    }


async def test_a_rule_and_its_simulation_say_how_long_its_points_wait(later, members):
    drafted = await later.draft()
    customer = await members.register()
    await members.order(customer, 0, at=utcnow() - timedelta(days=20))
    await members.order(customer, 0)

    asked = await members.harness.graph(SIMULATE, as_=later.ann)

    simulation = asked["simulateEarningRule"]["simulation"]
    del drafted["rule"]["id"]
    assert drafted["rule"] == {
        "words": "50 points for an order; usable after 14 days",
        "usableAfterDays": 14,
    }
    assert [simulation[each] for each in ("points", "pointsWaiting", "usableAfterDays")] == [
        100,
        50,
        14,
    ]
    assert simulation["examples"][0]["explanation"] == "Bonus: 50; usable after 14 days"


async def test_orders_that_are_heard_of_late_are_usable_from_the_same_day(later, members):
    await later.give(validFrom="2020-01-01T00:00:00Z")
    await members.sql("UPDATE earning_rule SET valid_from = '2020-01-01'")
    one, other = await members.register(), await members.register()
    content = [(one, 20), (one, 2), (other, 1), (other, 15), (one, 0)]
    for customer, days in content:
        await members.order(customer, 0, at=utcnow() - timedelta(days=days))

    assert await later.has(one) == {"balance": 50, "pending": 100, "debt": 0}
    assert await later.has(other) == {"balance": 50, "pending": 50, "debt": 0}
    await later.age(13.5)
    assert (await later.has(one), await later.has(other)) == (
        {"balance": 100, "pending": 50, "debt": 0},
        {"balance": 100, "pending": 0, "debt": 0},
    )
    assert await members.is_sound()


async def test_a_cancelled_order_takes_what_waits_and_leaves_no_debt(later, members, spend):
    await later.give(code="gift", usableAfterDays=0)
    await later.give(partnerPercent=40, partnerCode="corner")
    customer = await members.register()
    order, kept = await members.order(customer, 0), await members.order(customer, 0)
    await spend(customer, 50)

    await members.cancel(customer, order)
    await members.cancel(customer, order)

    assert await later.has(customer) == {"balance": 0, "pending": 50, "debt": 0}
    await later.age(15)
    assert await later.has(customer) == {"balance": 50, "pending": 0, "debt": 0}
    await members.cancel(customer, kept)
    assert await later.has(customer) == {"balance": 0, "pending": 0, "debt": 50}
    assert await members.is_sound()


async def test_what_comes_of_age_pays_a_debt_first(later, members, spend):
    await later.give()
    customer = await members.register()
    order = await members.order(customer, 30_00)
    await spend(customer, 30)
    await members.order(customer, 0)
    await members.cancel(customer, order)
    owing = await later.has(customer)

    await later.age(15)

    assert owing == {"balance": 0, "pending": 50, "debt": 30}
    assert await later.has(customer) == {"balance": 20, "pending": 0, "debt": 0}
    assert await members.is_sound()


async def test_workers_at_once_and_one_that_dies_let_each_lot_go_once(later, members, monkeypatch):
    monkeypatch.setattr("loyalty.points.commands.ageing.AT_ONCE", 2)
    await later.give()
    customers = [await members.register() for _ in range(3)]
    for customer in customers * 2:
        await members.order(customer, 0)

    class Dies(Exception):
        pass

    async def die() -> None:
        async with members.harness.db.transaction() as session:
            assert await mature_points(session, utcnow() + timedelta(days=15)) == 2
            raise Dies

    with pytest.raises(Dies):
        await die()
    after_death = [await later.has(customer) for customer in customers]
    for days in (15, -15, 15, 15):
        await asyncio.gather(*(later.age(days) for _ in range(3)))

    assert after_death == [{"balance": 0, "pending": 100, "debt": 0}] * 3
    assert [await members.balance(each) for each in customers] == [100] * 3
    assert sorted(each["points"] for each in await members.announced("points.matured")) == [50] * 6
    assert await members.is_sound()


async def test_staff_let_points_go_early_once_and_they_end_when_they_would_have(later, members):
    await later.give()
    customer, key = await members.register(), "parcel"
    order, other = await members.order(customer, 0), await members.order(customer, 0)
    (first, _) = (await members.points(customer, "lots { expiresAt }"))["lots"]

    confirmed = await later.settle("confirm", order, idempotencyKey=key)
    again = await later.settle("confirm", order, idempotencyKey=key)
    reused = await later.settle("confirm", other, idempotencyKey=key)
    late = await later.settle("confirm", order)
    too_late = await later.settle("cancel", order)

    assert confirmed == again
    assert (confirmed["__typename"], confirmed["points"]) == ("PendingPointsWereConfirmed", 50)
    assert confirmed["account"] == {"balance": 50, "pending": 50}
    assert reused["__typename"] == "IdempotencyKeyReused"
    assert [each["message"] for each in (late, too_late)] == ["Nothing of it waits any more."] * 2
    assert first in (await members.points(customer, "lots { expiresAt }"))["lots"]
    assert await later.has(customer) == {"balance": 50, "pending": 50, "debt": 0}
    assert len(await members.announced("points.matured")) == 1
    assert await members.is_sound()


async def test_staff_cancel_what_waits_and_it_counts_no_longer(later, members):
    await later.give(qualifies=True, timesPerDay=1, partnerPercent=40, partnerCode="corner")
    customer = await members.register()
    order = await members.order(customer, 20_00)

    cancelled = await later.settle("cancel", order)
    (earning,) = await later.earned(customer)
    await members.cancel(customer, order)
    await members.order(customer, 0)

    tier = await members.points(customer, "tier { qualifyingPoints }")
    assert (cancelled["__typename"], cancelled["points"]) == ("PendingPointsWereCancelled", 50)
    assert cancelled["account"] == {"balance": 20, "pending": 0}
    assert earning["points"] == 20
    lines = {each["points"]: each["cancelled"] for each in earning["lines"]}
    assert lines == {20: False, 50: True}
    assert await later.has(customer) == {"balance": 0, "pending": 50, "debt": 0}
    assert tier["tier"]["qualifyingPoints"] == 50
    assert await members.is_sound()


async def test_only_staff_of_the_members_surroundings_decide_on_what_waits(later, members):
    await later.give()
    customer = await members.register(unit="hq.zj")
    order = await members.order(customer, 0)
    token = members.harness.token

    elsewhere = await later.settle("confirm", order, token("front_line", unit="hq.sd"))
    unknown = await later.settle("cancel", uuid4())
    wordless = await later.settle("cancel", order, reason=" ")

    assert [elsewhere["__typename"], unknown["__typename"]] == ["NotFound", "NotFound"]
    assert (wordless["__typename"], wordless["field"]) == ("InvalidInput", "reason")
    for role in ("marketer", "customer", "partner", "analyst"):
        with pytest.raises(GraphFailed):
            await later.settle("confirm", order, token(role, customer=str(customer)))
    assert await later.has(customer) == {"balance": 0, "pending": 50, "debt": 0}


async def test_confirming_cancelling_ageing_and_the_orders_end_at_once_happen_to_it_once(
    later, members
):
    await later.give()
    customer = await members.register()
    orders = [await members.order(customer, 0) for _ in range(4)]

    await asyncio.gather(
        *(later.settle(how, order) for order in orders for how in ("confirm", "cancel")),
        *(later.settle("confirm", orders[0], idempotencyKey="twice") for _ in range(2)),
        *(later.age(15) for _ in range(2)),
        members.cancel(customer, orders[3]),
    )
    await later.age(15)
    await later.age(15)

    seen = await later.has(customer)
    matured = len(await members.announced("points.matured"))
    taken = len(await members.announced("points.reversed"))
    assert (seen["pending"], seen["debt"]) == (0, 0)
    assert seen["balance"] == 200 - 50 * taken
    assert 4 <= matured + taken <= 5
    assert await members.is_sound()


async def test_what_waits_moves_with_a_merge_and_goes_back(later, members):
    await later.give()
    ada, bob = await members.register(), await members.register()
    order = await members.order(bob, 0)
    merge = {"merge_id": uuid4(), "customer_id": ada}
    await members.harness.hear(MERGED, merge | {"absorbed_id": bob})
    merged = await later.has(ada)
    confirmed = await later.settle("confirm", order)

    await members.harness.hear(UNMERGED, merge | {"restored_id": bob})
    await later.age(15)

    assert merged == {"balance": 0, "pending": 50, "debt": 0}
    assert confirmed["account"] == {"balance": 50, "pending": 0}
    assert (await later.has(ada), await later.has(bob)) == (NOTHING, NOTHING | {"balance": 50})
    assert await members.is_sound()


async def test_what_a_person_releases_before_its_day_waits_for_its_day(later, members):
    await later.give()
    rule = {"code": "once", "name": "Once", "kind": "VELOCITY", "actKinds": ["EARNING"]}
    await members.harness.graph(
        "mutation ($input: FraudRuleInput!) { setFraudRule(input: $input) { __typename } }",
        as_=members.operator,
        input=rule | {"threshold": 1},
    )
    customer = await members.register()
    await members.order(customer, 0)
    held = await members.order(customer, 0)
    refused = await later.settle("confirm", held)
    await later.age(15)
    before = await later.has(customer)
    key = f"order:{held}"
    decided = {"review_id": uuid7(), "act_kind": "earning", "key": key, "customer_id": customer}
    await members.harness.hear(
        "octoreach.loyalty.review.decided.v1", decided | {"action": "hold", "verdict": "released"}
    )
    released = await members.points(customer, "pending wallets { upcoming { points } }")
    await later.age(15)

    assert refused["message"] == "A person is to look at it: decide its review."
    assert before == {"balance": 50, "pending": 50, "debt": 0}
    assert released == {"pending": 50, "wallets": [{"upcoming": [{"points": 50}]}]}
    assert await later.has(customer) == {"balance": 100, "pending": 0, "debt": 0}
    assert await members.is_sound()
