"""What a point is worth: changed in versions, for what comes from then on."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from kit.models import utcnow
from kit.testing.harness import GraphFailed
from loyalty.reports.commands import fold_ledger
from loyalty.reports.months import month_of, named, number_of

CHANGE = """mutation ($version: Int!, $minor: Int!) {
  changePointValue(version: $version, minor: $minor) { __typename
    ... on PointValueWasChanged { pointValue { version value { minor currency } setBy } }
    ... on InvalidInput { field } } }"""
VALUES = """{ pointValues(first: 10) { edges { node {
  version value { minor currency } setBy } } } }"""
LIABILITY = """query ($since: String, $until: String) {
  pointsLiability(since: $since, until: $until) { month outstanding value { minor currency } } }"""
PARTNERS = """query ($month: String!) { partnerPoints(month: $month) {
  postings points amount { minor currency } } }"""


@pytest.fixture
def change(members: Any) -> Any:
    bob = members.harness.token("approver", subject="bob", scope="approve:finance")

    async def act(version: int, minor: int, as_: str | None = None) -> Any:
        asked = {"version": version, "minor": minor}
        return (await members.harness.graph(CHANGE, as_=as_ or bob, **asked))["changePointValue"]

    return act


async def values(members: Any) -> list[tuple[int, int, str]]:
    """Each version, what a point was worth by it, and who set it."""
    edges = (await members.harness.graph(VALUES, as_=members.operator))["pointValues"]["edges"]
    return [
        (each["node"]["version"], each["node"]["value"]["minor"], each["node"]["setBy"])
        for each in edges
    ]


async def worth(members: Any, **span: str) -> list[tuple[int, int]]:
    """How many points are owed, and what they are worth."""
    rows = (await members.harness.graph(LIABILITY, as_=members.operator, **span))["pointsLiability"]
    return [(row["outstanding"], row["value"]["minor"]) for row in rows]


async def test_from_a_change_on_points_cost_and_are_owed_at_the_new_value(members, change):
    customer = await members.register()
    await members.grant(customer, kind="points", points=50)

    changed = await change(1, 3)
    again = await change(1, 3)
    await members.grant(customer, kind="points", points=50)

    assert changed == again
    assert changed["pointValue"] == {
        "version": 2, "value": {"minor": 3, "currency": "CNY"}, "setBy": "bob"
    }  # fmt: skip
    costs = [each["cost_minor"] for each in await members.announced("benefit.fulfilled")]
    assert costs == [50, 150]
    assert await worth(members) == [(100, 300)]
    assert await values(members) == [(2, 3, "bob"), (1, 1, "migration")]


async def test_a_benefit_that_is_taken_back_returns_what_it_cost_when_it_was_given(members, change):
    customer = await members.register()
    task = await members.grant(customer, kind="points", points=50)
    order = await members.order(customer, 10_00, task_id=task)
    await change(1, 3)

    await members.cancel(customer, order)

    [back] = await members.announced("benefit.reversed")
    assert back["cost_minor"] == 50


async def test_a_month_that_has_ended_keeps_its_value_though_it_is_closed_later(members, change):
    customer = await members.register()
    await members.order(customer, 100_00)
    for statement in (
        "ALTER TABLE posting DISABLE TRIGGER USER",
        "UPDATE posting SET created_at = created_at - interval '31 days'",
        "ALTER TABLE posting ENABLE TRIGGER USER",
        "UPDATE ledger_fold SET folded_until = folded_until - interval '31 days', "
        "closed_month = to_char(date_trunc('month', now()) - interval '2 months', 'YYYY-MM')",
    ):
        await members.sql(statement)
    before = named(number_of(month_of(utcnow())) - 1)

    await change(1, 7)
    for _ in range(33):
        await members.harness.turn(fold_ledger)

    assert await worth(members, since=before, until=before) == [(100, 100)]
    assert await worth(members) == [(100, 700)]


async def test_a_partner_gets_back_what_points_were_booked_at(members, rules, change):
    customer = await members.register()
    await rules.give(points=5, partnerPercent=100)
    order = await members.order(customer, 0, partner_code="corner")
    await change(1, 4)
    await members.order(customer, 0, partner_code="corner")

    await members.cancel(customer, order)

    month = f"{utcnow():%Y-%m}"
    found = await members.harness.graph(PARTNERS, as_=members.operator, month=month)
    assert found["partnerPoints"] == [
        {"postings": 3, "points": 5, "amount": {"minor": 20, "currency": "CNY"}}
    ]


async def test_of_two_who_change_it_at_once_one_is_told_so(members, change):
    answers = await asyncio.gather(*(change(1, minor) for minor in (2, 3, 4)))

    assert Counter(each["__typename"] for each in answers) == {
        "PointValueWasChanged": 1, "Conflict": 2
    }  # fmt: skip
    assert len(await values(members)) == 2


async def test_only_who_approves_money_for_all_units_changes_it_within_its_bounds(members, change):
    token = members.harness.token
    finance = {"scope": "approve:finance"}
    refused = [
        token("operator"),
        token("marketer", **finance),
        token("approver", scope="approve:campaign"),
        token("approver", unit="hq.zj", **finance),
    ]

    for each in refused:
        with pytest.raises(GraphFailed) as failed:
            await change(1, 2, as_=each)
        assert failed.value.codes == ["FORBIDDEN"]
    wrong = [await change(1, minor) for minor in (0, -1, 10_001)]

    assert [each["field"] for each in wrong] == ["minor"] * 3
    assert await values(members) == [(1, 1, "migration")]
