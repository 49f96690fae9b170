from datetime import timedelta
from typing import Any

import pytest

from kit.models import utcnow, uuid7
from loyalty.simulations import commands, queries

DRAFT = """mutation ($input: DraftEarningRuleInput!) { draftEarningRule(input: $input) {
  __typename } }"""
FIELDS = """id state ordersInAll ordersSeen ordersTouched membersTouched points cost { minor }
  partnerCost { minor } pointsOfAllRulesNow pointsOfAllRulesThen
  examples { orderId customerId points explanation }"""
SIMULATE = f"""mutation ($code: String!, $since: DateTime, $until: DateTime) {{
  simulateEarningRule(code: $code, since: $since, until: $until) {{
    __typename
    ... on EarningRuleWasSimulated {{ simulation {{ {FIELDS} }} }}
    ... on InvalidInput {{ field }}
    ... on NotFound {{ key }}
}} }}"""
SIMULATION = f"query ($id: UUID!) {{ earningSimulation(id: $id) {{ {FIELDS} }} }}"


class Simulations:
    def __init__(self, members) -> None:
        self.members = members
        self.ann = members.harness.token("marketer", subject="ann")

    async def draft(self, **terms: Any) -> None:
        wanted = {"code": "bonus", "name": "Bonus", "event": "ORDER", "kind": "FIXED", "points": 5}
        await self.members.harness.graph(DRAFT, as_=self.ann, input={**wanted, **terms})

    async def ask(self, code="bonus", as_=None, **period: Any) -> dict[str, Any]:
        data = await self.members.harness.graph(SIMULATE, as_=as_ or self.ann, code=code, **period)
        return data["simulateEarningRule"]

    async def look(self, id, as_=None) -> dict[str, Any] | None:
        data = await self.members.harness.graph(SIMULATION, as_=as_ or self.ann, id=id)
        return data["earningSimulation"]


@pytest.fixture
def simulations(members) -> Simulations:
    return Simulations(members)


async def test_a_draft_says_what_it_would_have_given_and_gives_nothing(simulations, members):
    one, two = await members.register(), await members.register()
    big = await members.order(one, 300_00, partner_code="corner")
    await members.order(one, 100_00)
    await members.order(two, 40_00, at=utcnow() - timedelta(days=29))
    await members.order(two, 900_00, at=utcnow() - timedelta(days=31))
    cancelled = await members.order(two, 500_00)
    await members.cancel(two, cancelled)
    await simulations.draft(
        name="Double", kind="PROPORTIONAL", points=2, perMinor=100, stacking="EXCLUSIVE",
        priority=1, partnerPercent=50,
        condition={"compare": {"fact": "event.amount_minor", "operator": "AT_LEAST",
                               "value": {"number": 10_000}}},
    )  # fmt: skip
    before = await members.ledger()

    simulation = (await simulations.ask())["simulation"]

    assert simulation.pop("examples")[0] == {
        "orderId": str(big),
        "customerId": str(one),
        "points": 600,
        "explanation": "Double: 600 for 300.00 at 2 for each 1.00",
    }
    assert await simulations.look(simulation["id"]) | {"examples": None} == simulation | {
        "examples": None
    }
    del simulation["id"]
    assert simulation == {
        "state": "DONE",
        "ordersInAll": 3,
        "ordersSeen": 3,
        "ordersTouched": 2,
        "membersTouched": 1,
        "points": 800,
        "cost": {"minor": 500},
        "partnerCost": {"minor": 300},
        "pointsOfAllRulesNow": 440,
        "pointsOfAllRulesThen": 840,
    }
    assert await members.ledger() == before


async def test_what_takes_longer_goes_on_in_the_background_and_adds_up_the_same(
    simulations, members, monkeypatch
):
    customers = [await members.register() for _ in range(5)]
    for number in range(20):
        await members.order(customers[number % 5], 1_00 * number)
    await simulations.draft(pointsPerDay=12)
    whole = (await simulations.ask())["simulation"]

    monkeypatch.setattr(queries, "ORDERS_AT_ONCE", 3)
    monkeypatch.setattr(commands, "AT_ONCE_SECONDS", -1.0)
    monkeypatch.setattr(commands, "LATER_SECONDS", -1.0)
    begun = (await simulations.ask())["simulation"]
    turns = 0
    while (await simulations.look(begun["id"]))["state"] == "RUNNING":
        async with members.harness.db.transaction() as session:
            assert await commands.continue_simulations(session)
        turns += 1

    ended = await simulations.look(begun["id"])
    assert (begun["state"], begun["ordersInAll"], begun["ordersSeen"]) == ("RUNNING", 20, 4)
    assert turns == 5
    assert whole["points"] == 5 * 12
    assert ended | {"id": 0} == whole | {"id": 0}


async def test_only_orders_of_ones_own_unit_are_asked_and_seen(simulations, members):
    customer = await members.register()
    await members.order(customer, 0, unit="hq.zj.hz")
    await members.order(customer, 0, unit="hq.js")
    await simulations.draft()
    province = members.harness.token("analyst", unit="hq.js")

    mine = (await simulations.ask(as_=province))["simulation"]
    all_ = (await simulations.ask())["simulation"]

    assert (mine["ordersInAll"], all_["ordersInAll"]) == (1, 2)
    assert await simulations.look(all_["id"], as_=province) is None
    assert await simulations.look(mine["id"]) is not None


async def test_what_can_not_be_simulated_is_refused(simulations):
    await simulations.draft(code="birthdays", event="BIRTHDAY")
    now = utcnow()

    unknown = await simulations.ask("nothing")
    other = await simulations.ask("birthdays")
    reverse = await simulations.ask("spend", since=now, until=now - timedelta(days=1))
    long = await simulations.ask("spend", since=now - timedelta(days=93), until=now)

    assert (unknown["__typename"], unknown["key"]) == ("NotFound", "nothing")
    assert [each["field"] for each in (other, reverse, long)] == ["code", "until", "until"]
    assert await simulations.look(str(uuid7())) is None
