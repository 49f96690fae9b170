"""Rules over customers: what one customer answers is what SQL finds among all."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from customer.activity.models import ActivityDay
from customer.channel_kinds import ChannelKind
from customer.entity import table_of
from customer.profiles.facts import CustomerKind, GroupClass
from customer.profiles.fading import days_until_below, faded, fading
from customer.profiles.models import Customer, Newcomer
from customer.rules.columns import columns
from customer.rules.subject import ACCESSORS, Subject
from customer.rules.timing import next_change
from customer.rules.vocabulary import FACTS, checked_rule, inputs_of
from customer.tiers.models import CustomerTier
from kit.bulk import insert_new_rows
from kit.database import Database
from kit.errors import InvalidInput
from kit.predicates import Checked, FactType, Vocabulary, check, compile_predicate, parse, to_sql
from kit.predicates.values import OPERATORS
from kit.testing.harness import Harness

TODAY = date(2026, 3, 1)
TAGS = ["vip", "fading", "old"]
PRODUCTS = ["data-10g", "unlimited"]
ATTRIBUTES = {
    "age": FactType.NUMBER,
    "city": FactType.TEXT,
    "prepaid": FactType.BOOLEAN,
    "contract_end": FactType.DATE,
}
DATES = ["2026-02-27", "2026-03-01", "2026-03-02", "2026-04-01"]
WORDS = Vocabulary(
    FACTS
    | {f"attribute.{name}": kind for name, kind in ATTRIBUTES.items()}
    | {"days_since.contract_end": FactType.NUMBER},
    frozenset({"touchpoint.*", "task.*", "order"}),
    frozenset({"spent.*"}),
    longest_window=366,
)
MEASURES = ["touchpoint.visited", "order", "spent.CNY"]


def a_customer(chance: random.Random) -> Newcomer:
    def some(facts: Sequence[Any], most: int = 2) -> list[Any]:
        return chance.sample(list(facts), chance.randint(0, min(most, len(facts))))

    attributes: dict[str, Any] = {
        "age": chance.choice([0, 17, 18, 29.5, "18"]),
        "city": chance.choice(["Hangzhou", "Ningbo", 7]),
        "prepaid": chance.choice([True, False, "yes"]),
        "contract_end": chance.choice([*DATES, "soon"]),
    }
    aged = [fading(TODAY - timedelta(days=days), 30) for days in (0, 1, 45)]
    is_group = chance.choice([True, False])
    return Newcomer(
        kind=CustomerKind.GROUP if is_group else CustomerKind.INDIVIDUAL,
        group_class=chance.choice([None, *GroupClass]) if is_group else None,
        account_manager=chance.choice([None, "mia"]) if is_group else None,
        status=chance.choice(["prospect", "active"]),
        unit=chance.choice(["hq.zj", "hq.zj.hz", "hq.js"]),
        time_zone="Asia/Shanghai",
        sampling_key=f"{chance.getrandbits(64):016x}",
        identifiers=[{"scheme": "crm", "value": str(chance.random())}],
        attributes={name: attributes[name] for name in some(attributes, 4)},
        tags=[
            {"tag": tag, "source": "hand", "expires_at": None, **chance.choice([{}, *aged])}
            for tag in some(TAGS)
        ],
        holdings=[
            {"product_code": code, "until": chance.choice([None, "2026-01-01T00:00:00+00:00"])}
            for code in some(PRODUCTS)
        ],
        consents=[
            {"purpose": "marketing", "channel_kind": kind, "granted": chance.choice([True, False])}
            for kind in some([None, "sms", "email"])
        ],
        special_lists=[{"list": name} for name in some(["test", "sensitive"])],
    )


def some_activity(chance: random.Random) -> dict[str, dict[date, int]]:
    return {
        measure: {
            TODAY - timedelta(days=chance.randint(0, 12)): chance.choice([1, 2, 5, -3])
            for _ in range(chance.randint(0, 3))
        }
        for measure in MEASURES
    }


CHANCE = random.Random(4)
CUSTOMERS = [a_customer(CHANCE) for _ in range(120)]
ACTIVITY = [some_activity(CHANCE) for _ in CUSTOMERS]
TIERS = [CHANCE.choice([None, "star", "gold"]) for _ in CUSTOMERS]


def subjects(today: date = TODAY) -> list[Subject]:
    together = zip(CUSTOMERS, TIERS, ACTIVITY, strict=True)
    return [Subject(each, today, tier, activity) for each, tier, activity in together]


async def stored(db: Database) -> None:
    names = [column.name for column in table_of(Customer).columns]
    rows = [{name: getattr(each, name) for name in names} for each in CUSTOMERS]
    days = [
        {"customer_id": each.id, "measure": measure, "day": day, "total": total}
        for each, activity in zip(CUSTOMERS, ACTIVITY, strict=True)
        for measure, totals in activity.items()
        for day, total in totals.items()
    ]
    tiers = [
        {"customer_id": each.id, "version": 1, "tier": tier}
        for each, tier in zip(CUSTOMERS, TIERS, strict=True)
        if tier
    ]
    async with db.transaction() as session:
        await insert_new_rows(session, table_of(Customer), rows)
        await insert_new_rows(session, table_of(ActivityDay), days)
        await insert_new_rows(session, table_of(CustomerTier), tiers)


async def found_in_sql(db: Database, rules: Sequence[Checked]) -> list[set[UUID]]:
    ids = func.array_agg(table_of(Customer).c.id)
    asked = [ids.filter(to_sql(each, columns(TODAY))) for each in rules]
    async with db.reading() as session:
        row = (await session.execute(select(*asked))).one()
    return [set(each or []) for each in row]


VALUES: dict[FactType, st.SearchStrategy[Any]] = {
    FactType.TEXT: st.sampled_from(["active", "group", "hq.zj.hz", "gold", "Ningbo", "A", "mia"]),
    FactType.NUMBER: st.sampled_from([-1, 0, 0.3536, 0.5, 1, 2, 18, 29.5]),
    FactType.BOOLEAN: st.booleans(),
    FactType.DATE: st.sampled_from(DATES),
    FactType.SET_OF_TEXT: st.sampled_from([*TAGS, *PRODUCTS, "test"]),
}
NAMES = [name for name in WORDS.facts if not name.endswith("*")]
NAMES += ["consent.marketing", "consent.marketing.sms", "tag_weight.vip", "tag_weight.fading"]


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    fact = draw(st.sampled_from(NAMES))
    kind = WORDS.type_of(fact)
    assert kind is not None
    operator = draw(st.sampled_from(OPERATORS[kind]))
    value: Any = draw(VALUES[kind])
    if operator == "one_of":
        value = [value, draw(VALUES[kind])]
    if operator == "is_known":
        value = None
    return {"compare": {"fact": fact, "operator": operator.value, "value": value}}


def windows(key: str, names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            key: st.sampled_from(names),
            "within_days": st.integers(1, 12),
            "operator": st.sampled_from(["equals", "at_most", "at_least", "less_than"]),
            "value": st.integers(0, 4),
        }
    )


leaves = (
    comparisons()
    | windows("event", ["touchpoint.visited", "touchpoint.called", "order"]).map(
        lambda count: {"count": count}
    )
    | windows("amount", ["spent.CNY"]).map(lambda total: {"sum": total})
)
trees = st.recursive(
    leaves,
    lambda parts: (
        st.lists(parts, min_size=1, max_size=3).map(lambda each: {"all": each})
        | st.lists(parts, min_size=1, max_size=3).map(lambda each: {"any": each})
        | parts.map(lambda each: {"not": each})
    ),
    max_leaves=6,
)


@pytest.fixture
async def customers_are_stored(harness: Harness) -> Database:
    await stored(harness.db)
    return harness.db


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(documents=st.lists(trees, min_size=1, max_size=15))
async def test_one_customer_answers_as_sql_finds_among_all(
    customers_are_stored: Database, documents: list[Any]
) -> None:
    rules = [check(parse(each), WORDS) for each in documents]

    found = await found_in_sql(customers_are_stored, rules)

    for rule, ids in zip(rules, found, strict=True):
        fits = compile_predicate(rule, ACCESSORS)
        assert ids == {each.customer.id for each in subjects() if fits(each)}, rule.key


@settings(max_examples=60, deadline=None)
@given(document=trees)
def test_between_now_and_the_day_it_is_due_a_rule_does_not_turn_by_itself(document: Any) -> None:
    rule = check(parse(document), WORDS)
    fits = compile_predicate(rule, ACCESSORS)

    for now in subjects()[:40]:
        due = next_change(rule, now)
        last = 20 if due is None else min(20, (due.date() - TODAY).days - 1)
        for days in range(1, last + 1):
            later = Subject(now.customer, TODAY + timedelta(days=days), now.tier, now.activity)
            assert fits(later) is fits(now)


@given(half_life=st.integers(1, 400), below=st.floats(0.001, 0.999))
def test_a_fading_tag_is_below_its_threshold_from_that_day_on_and_not_before(
    half_life: int, below: float
) -> None:
    days = days_until_below(below, half_life)

    assert faded(days, half_life) < below
    assert days == 0 or faded(days - 1, half_life) >= below


@pytest.mark.parametrize(
    ("document", "field", "message"),
    [
        (
            {"compare": {"fact": "attribute.height", "operator": "equals", "value": 1}},
            "compare.fact",
            "attribute.height is not a declared fact; did you mean attribute.weight?",
        ),
        (
            {"compare": {"fact": "attribute.weight", "operator": "equals", "value": "much"}},
            "compare.value",
            "attribute.weight is compared with a number of at most 15 digits.",
        ),
        (
            {"compare": {"fact": "status", "operator": "one_of", "value": ["active", "actve"]}},
            "compare.value",
            "'actve' is none of active, churned, prospect, suspended",
        ),
        (
            {"compare": {"fact": "special_lists", "operator": "contains", "value": "vip"}},
            "compare.value",
            "'vip' is none of do_not_contact, restricted, sensitive, test, vip_protected",
        ),
        (
            {"sum": {"amount": "spent.cny", "within_days": 3, "operator": "at_least", "value": 1}},
            "sum.amount",
            "is spent.CURRENCY, such as spent.CNY",
        ),
        (
            {"compare": {"fact": "consent.SMS", "operator": "equals", "value": True}},
            "compare.fact",
            f"is consent.PURPOSE or consent.PURPOSE.CHANNEL_KIND, one of {', '.join(ChannelKind)}",
        ),
        (
            {"compare": {"fact": "consent.marketing.text", "operator": "equals", "value": True}},
            "compare.fact",
            f"is consent.PURPOSE or consent.PURPOSE.CHANNEL_KIND, one of {', '.join(ChannelKind)}",
        ),
        (
            {"count": {"event": "visits", "within_days": 3, "operator": "at_least", "value": 1}},
            "count.event",
            "visits is not a declared event; declared are order, order_cancelled, task.*, "
            "touchpoint.*.",
        ),
        (
            {"count": {"event": "order", "within_days": 367, "operator": "at_least", "value": 1}},
            "count.withinDays",
            "The window is 1 to 366 days.",
        ),
        (
            {"sum": {"amount": "spent", "within_days": 9, "operator": "at_least", "value": 1}},
            "sum.amount",
            "spent is not a declared amount; did you mean spent.*?",
        ),
    ],
)
async def test_a_rule_over_what_is_not_declared_is_refused_with_the_place_in_it(
    harness: Harness, marketer: str, document: Any, field: str, message: str
) -> None:
    await harness.graph(
        'mutation { declareAttribute(name: "weight", type: DECIMAL) { __typename } }', as_=marketer
    )

    async with harness.db.reading() as session:
        with pytest.raises(InvalidInput) as refused:
            await checked_rule(session, parse({"all": [{"not": document}]}))

    assert (refused.value.field, refused.value.message) == (f"rule.all[0].not.{field}", message)


def test_a_rule_is_asked_again_only_for_what_it_reads() -> None:
    rule = check(
        parse(
            {
                "all": [
                    {"compare": {"fact": "tags", "operator": "contains", "value": "vip"}},
                    {"compare": {"fact": "tag_weight.old", "operator": "at_least", "value": 0.5}},
                    {
                        "compare": {
                            "fact": "days_since.contract_end",
                            "operator": "equals",
                            "value": 0,
                        }
                    },
                    {
                        "compare": {
                            "fact": "consent.marketing.sms",
                            "operator": "equals",
                            "value": True,
                        }
                    },
                    {
                        "count": {
                            "event": "order",
                            "within_days": 9,
                            "operator": "at_least",
                            "value": 1,
                        }
                    },
                ]
            }
        ),
        WORDS,
    )

    assert inputs_of(rule) == {
        "tags=vip",
        "tags=old",
        "attribute.contract_end",
        "consent.marketing",
        "activity.order",
    }
