"""Currencies: defined and changed in the graph, in versions, without breaking any wallet."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from kit.models import uuid7
from kit.testing.harness import GraphFailed
from loyalty.points.commands import post
from loyalty.points.models import NewPosting

SEEN = """{ __typename
  ... on CurrencyWasDefined { currency { code kind version spendable } }
  ... on Refusal { message } ... on InvalidInput { field } }"""
DEFINE = "mutation ($input: DefineCurrencyInput!) { defineCurrency(input: $input) %s }" % SEEN  # noqa: UP031
CHANGE = (
    "mutation ($code: String!, $version: Int!, $rules: CurrencyRulesInput!) {"
    " changeCurrency(code: $code, version: $version, rules: $rules) "
    + SEEN.replace("WasDefined", "WasChanged")
    + "}"
)
LIST = """{ currencies { code version months transferable
  versions { version months setBy } } }"""
RULES = {"name": "Stars", "months": 12, "warningDays": 30}


@pytest.fixture
def define(members: Any) -> Any:
    async def act(as_: str | None = None, rules: Any = None, **more: Any) -> Any:
        asked = {"code": "stars", "kind": "POINTS", "rules": RULES | (rules or {})} | more
        answer = await members.harness.graph(DEFINE, as_=as_ or members.operator, input=asked)
        return answer["defineCurrency"]

    return act


@pytest.fixture
def change(members: Any) -> Any:
    async def act(version: int, code: str = "stars", **rules: Any) -> Any:
        asked = {"code": code, "version": version, "rules": RULES | rules}
        return (await members.harness.graph(CHANGE, as_=members.operator, **asked))[
            "changeCurrency"
        ]

    return act


async def listed(members: Any, code: str = "stars") -> Any:
    found = (await members.harness.graph(LIST, as_=members.operator))["currencies"]
    return next((each for each in found if each["code"] == code), None)


async def earned(members: Any, customer: Any, currency: str = "stars", **more: Any) -> None:
    account = await members.account(customer)
    earning = NewPosting(
        account_id=account, key=str(uuid7()), kind="earn", points=10, reason="test",
        source_kind="request", source_id="1", currency=currency, **more,
    )  # fmt: skip
    async with members.harness.db.transaction() as session:
        await post(session, [earning])


async def test_what_is_defined_wallets_may_hold_and_the_same_again_changes_nothing(
    members, define, spend
):
    customer = await members.register()
    answers = await asyncio.gather(*(define() for _ in range(4)))
    other = await define(rules={"months": 6})

    await earned(members, customer)
    spent = await spend(customer, 4, currency="stars")

    assert {each["__typename"] for each in answers} == {"CurrencyWasDefined"}
    assert other["__typename"] == "Conflict"
    assert spent["balance"] == 6
    assert [each["version"] for each in (await listed(members))["versions"]] == [1]
    assert await members.is_sound()


async def test_a_change_is_a_new_version_and_lots_keep_the_end_they_have(members, define, change):
    customer = await members.register()
    await define()
    await earned(members, customer)
    ends = (await members.points(customer, 'lots(currency: "stars") { expiresAt }'))["lots"]

    changed = await change(1, months=1, warningDays=5, transferable=5, transferableDaily=9)
    again = await change(1, months=1, warningDays=5, transferable=5, transferableDaily=9)
    late = await change(1, months=2)

    assert changed["currency"]["version"] == again["currency"]["version"] == 2
    assert late["__typename"] == "Conflict"
    seen = await listed(members)
    assert (seen["months"], seen["transferable"]) == (1, 5)
    assert [(each["version"], each["months"]) for each in seen["versions"]] == [(2, 1), (1, 12)]
    assert (await members.points(customer, 'lots(currency: "stars") { expiresAt }'))["lots"] == ends


async def test_of_two_who_change_it_at_once_one_is_told_so(members, define, change):
    await define()

    answers = await asyncio.gather(*(change(1, months=months) for months in (3, 4, 5)))

    assert Counter(each["__typename"] for each in answers) == {
        "CurrencyWasChanged": 1, "Conflict": 2
    }  # fmt: skip
    assert len((await listed(members))["versions"]) == 2


async def test_what_members_hold_stays_spendable(members, define, change, spend):
    customer = await members.register()
    await define()
    await earned(members, customer)

    refused = await change(1, spendable=False)
    await spend(customer, 10, currency="stars")
    allowed = await change(1, spendable=False)

    assert (refused["__typename"], allowed["__typename"]) == ("Conflict", "CurrencyWasChanged")


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("code", {"code": "No Spaces"}),
        ("money", {"kind": "MONEY"}),
        ("money", {"money": "CNY"}),
        ("money", {"kind": "MONEY", "money": "XXX"}),
        ("rules.name", {"rules": {"name": " "}}),
        ("rules.months", {"rules": {"months": 0}}),
        ("rules.warningDays", {"rules": {"months": 1, "warningDays": 28}}),
        ("rules.warningDays", {"rules": {"warningDays": -1}}),
        ("rules.spendable", {"kind": "GROWTH"}),
        ("rules.adjustableAlone", {"rules": {"adjustableAlone": -1}}),
        ("rules.transferable", {"rules": {"transferable": 10**12 + 1}}),
        ("rules.transferable", {"rules": {"spendable": False, "transferable": 1}}),
        ("rules.transferableDaily", {"rules": {"transferable": 5, "transferableDaily": 4}}),
    ],
)
async def test_a_currency_that_makes_no_sense_is_refused_with_the_place(
    members, define, field, asked
):
    refused = await define(**asked)

    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)
    assert await listed(members) is None


async def test_only_operators_define_and_change_and_nobody_what_is_not_there(
    members, define, change
):
    with pytest.raises(GraphFailed):
        await define(as_=members.harness.token("marketer"))
    unknown = await change(1)

    assert unknown["__typename"] == "NotFound"
    assert await listed(members) is None
    assert (await listed(members, "points"))["versions"][0]["setBy"] == "migration"
