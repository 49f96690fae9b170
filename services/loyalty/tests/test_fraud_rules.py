"""Fraud rules: set by operators in versions, tried on what happened before they hold."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kit.models import utcnow, uuid7
from kit.testing.harness import GraphFailed
from loyalty.fraud.commands import screen
from loyalty.fraud.models import Act, ActKind

SET = """mutation ($input: FraudRuleInput!) { setFraudRule(input: $input) {
  __typename
  ... on FraudRuleWasSet { rule { code version threshold action setBy retiredAt } }
  ... on InvalidInput { field }
} }"""
RETIRE = """mutation ($code: String!) { retireFraudRule(code: $code) {
  __typename ... on FraudRuleWasRetired { rule { version } } } }"""
RULES = """query ($code: String, $inForce: Boolean) {
  fraudRules(code: $code, inForce: $inForce) { edges { node { code version } } } }"""
TRY = """query ($input: FraudRuleInput!, $days: Int! = 30) { fraudRuleTrial(input: $input, days: $days) {
  acts stopped customers points examples { kind key measured } } }"""
VELOCITY = {
    "code": "two-a-day", "name": "Two a day", "kind": "VELOCITY", "actKinds": ["EARNING"],
    "threshold": 2, "windowSeconds": 86_400,
}  # fmt: skip


@pytest.fixture
def put(members: Any) -> Any:
    async def act(as_: str | None = None, **terms: Any) -> Any:
        asked = VELOCITY | terms
        answer = await members.harness.graph(SET, as_=as_ or members.operator, input=asked)
        return answer["setFraudRule"]

    return act


async def listed(members: Any, **of: Any) -> list[tuple[str, int]]:
    found = (await members.harness.graph(RULES, as_=members.operator, **of))["fraudRules"]
    return [(each["node"]["code"], each["node"]["version"]) for each in found["edges"]]


async def acted(members: Any, customer: UUID, *hours_ago: float, **more: Any) -> None:
    now = utcnow()
    acts = [
        Act(ActKind.EARNING, customer, str(uuid7()), 10, at=now - timedelta(hours=each), **more)
        for each in hours_ago
    ]
    async with members.harness.db.transaction() as session:
        await screen(session, acts)


async def tried(members: Any, as_: str | None = None, **terms: Any) -> Any:
    answer = await members.harness.graph(TRY, as_=as_ or members.operator, input=VELOCITY | terms)
    return answer["fraudRuleTrial"]


async def test_a_change_is_a_new_version_and_the_same_again_is_none(members, put):
    first = await put()
    again = await put()
    second = await put(threshold=5, action="REFUSE")

    assert (first["rule"]["version"], again["rule"]["version"]) == (1, 1)
    assert second["rule"] == {
        "code": "two-a-day", "version": 2, "threshold": 5, "action": "REFUSE", "retiredAt": None,
        "setBy": first["rule"]["setBy"],
    }  # fmt: skip
    assert await listed(members, code="two-a-day") == [("two-a-day", 2), ("two-a-day", 1)]
    assert await listed(members, inForce=True) == [("two-a-day", 2)]


async def test_many_who_set_a_rule_at_once_leave_one_in_force(members, put):
    await asyncio.gather(*(put(threshold=number) for number in range(1, 7)))

    assert await listed(members, inForce=True) == [("two-a-day", 6)]
    assert len(await listed(members)) == 6


async def test_a_rule_that_was_retired_stops_nothing_more(members, put):
    customer = await members.register()
    await put(threshold=0)
    retired = await members.harness.graph(RETIRE, as_=members.operator, code="two-a-day")
    again = await members.harness.graph(RETIRE, as_=members.operator, code="two-a-day")

    await acted(members, customer, 1)

    assert retired["retireFraudRule"]["rule"] == {"version": 1}
    assert again["retireFraudRule"]["__typename"] == "NotFound"
    assert await members.announced("review.opened") == []


async def test_a_new_rule_counts_what_happened_before_it_was_set(members, put):
    customer = await members.register()
    await acted(members, customer, 3, 2)
    await put(threshold=2)

    await acted(members, customer, 1)

    assert len(await members.announced("review.opened")) == 1


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("code", {"code": "Two A Day"}),
        ("name", {"name": " "}),
        ("actKinds", {"actKinds": []}),
        ("per", {"kind": "RING"}),
        ("per", {"kind": "DUPLICATE", "per": "DEVICE"}),
        ("per", {"per": "ANYBODY"}),
        ("measure", {"kind": "DUPLICATE", "measure": "POINTS"}),
        ("threshold", {"threshold": -1}),
        ("threshold", {"kind": "DUPLICATE", "threshold": 0}),
        ("windowSeconds", {"windowSeconds": 0}),
        ("windowSeconds", {"windowSeconds": 2_678_401}),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused_with_the_place(members, put, field, terms):
    refused = await put(**terms)

    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)
    assert await listed(members) == []
    with pytest.raises(GraphFailed):
        await tried(members, **terms)


@pytest.mark.parametrize("role", ["marketer", "front_line", "analyst", "customer"])
async def test_only_operators_set_rules(members, put, role):
    with pytest.raises(GraphFailed) as failed:
        await put(as_=members.harness.token(role))

    assert failed.value.codes == ["FORBIDDEN"]
    assert await listed(members) == []


async def test_a_trial_says_what_a_rule_would_have_stopped_and_changes_nothing(members):
    busy, calm = await members.register(), await members.register()
    await acted(members, busy, 50, 49, 48, 5, 4, 3, 2)
    await acted(members, calm, 30, 3)
    await acted(members, calm, 24 * 40)

    found = await tried(members, threshold=2)
    in_points = await tried(members, measure="POINTS", threshold=35)

    assert {name: found[name] for name in ("acts", "stopped", "customers", "points")} == {
        "acts": 9, "stopped": 3, "customers": 1, "points": 30
    }  # fmt: skip
    assert [each["measured"] for each in found["examples"]] == [4, 3, 3]
    assert in_points["stopped"] == 1
    assert await members.announced("review.opened") == []


@pytest.mark.parametrize(
    ("terms", "stopped"),
    [
        ({"kind": "DUPLICATE", "threshold": 1}, 1),
        ({"kind": "DUPLICATE", "threshold": 1, "per": "ANYBODY"}, 2),
        ({"per": "DEVICE", "threshold": 2}, 1),
        ({"kind": "RING", "per": "DEVICE", "threshold": 1}, 2),
        ({"kind": "SELF_DEALING", "threshold": 0}, 1),
        ({"kind": "SELF_DEALING", "per": "DEVICE", "threshold": 0}, 0),
    ],
)
async def test_every_kind_of_rule_can_be_tried(members, terms, stopped):
    one = await members.register(attributes={"works_for": "shop"})
    other = await members.register()
    await acted(members, one, 5, device="phone", content="receipt 7")
    await acted(members, one, 3, content="receipt 7", partner_code="shop")
    await acted(members, other, 4, device="phone", content="receipt 7")

    assert (await tried(members, **terms))["stopped"] == stopped


async def test_a_trial_tells_of_the_callers_unit_alone(members):
    here, there = await members.register(), await members.register(unit="hq.js")
    await acted(members, here, 3, 2, 1)
    await acted(members, there, 3, 2, 1)

    province = members.harness.token("operator", unit="hq.js")

    assert (await tried(members))["customers"] == 2
    assert (await tried(members, as_=province))["customers"] == 1
