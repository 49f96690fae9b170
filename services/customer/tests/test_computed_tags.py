"""Tags that follow from rules: at once by events, by and by when a rule is new, in time by itself."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from services.customer.tests.computed_tags import (
    CHANGED,
    OFTEN_HERE,
    TAG,
    TIER,
    TOUCHED,
    compared,
    counted,
    touchpoint,
)

from customer.reckoning import commands
from customer.rules.commands import rulebook_version
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

ORDERED = "octoreach.channel.order.placed.v1"
CANCELLED = "octoreach.channel.order.cancelled.v1"
SET = """
mutation ($id: UUID!, $values: [CustomerAttributeInput!]!) {
  setAttributes(customerId: $id, attributes: $values) {
    ... on CustomerWasChanged { customer { tags { tag source } } }
} }
"""


def order(customer: str, minor: int) -> dict[str, Any]:
    return {
        "order_id": uuid4(),
        "customer_id": customer,
        "channel_code": "app",
        "amount_minor": minor,
        "currency": "CNY",
        "lines": [],
        "placed_at": utcnow(),
    }


async def test_a_computed_tag_follows_an_attribute_in_the_same_change(
    harness: Harness, a_customer, marketer: str, define_tag
) -> None:
    await harness.graph(
        'mutation { declareAttribute(name: "arpu", type: DECIMAL) { __typename } }', as_=marketer
    )
    await define_tag("heavy", compared("attribute.arpu", "AT_LEAST", number=100))
    known = await a_customer()

    answers = [
        (await harness.graph(SET, as_=marketer, id=known, values=[{"name": "arpu", "value": v}]))
        for v in ("120", "130", "90")
    ]

    tags = [answer["setAttributes"]["customer"]["tags"] for answer in answers]
    worn = [{"tag": "heavy", "source": "rule"}]
    assert tags == [worn, worn, []]
    told = [event["tags"] for event in await harness.events_recorded(CHANGED)]
    assert told[-1] == []
    assert ["heavy"] in told


async def test_a_tag_that_counts_events_goes_on_with_the_event_that_makes_it_enough(
    harness: Harness, a_customer, define_tag, tags_of
) -> None:
    await define_tag("often-here", OFTEN_HERE)
    known, other = await a_customer("crm:C-1"), await a_customer("crm:C-2")
    twice = await harness.hear(TOUCHED, touchpoint(known))
    await harness.hear(TOUCHED, touchpoint(known), event_id=twice)
    await harness.hear(TOUCHED, touchpoint(known, "called"))
    await harness.hear(TOUCHED, touchpoint(known, days_ago=7))
    await harness.hear(TOUCHED, touchpoint(known, days_ago=6))
    assert await tags_of(known) == []

    await harness.hear(TOUCHED, touchpoint(known, days_ago=3))

    assert await tags_of(known) == ["often-here"]
    assert await tags_of(other) == []


async def test_what_was_cancelled_is_no_longer_spent(
    harness: Harness, a_customer, define_tag, tags_of
) -> None:
    spent = {"amount": "spent.CNY", "withinDays": 90, "operator": "AT_LEAST", "value": 50_000}
    await define_tag("spender", {"sum": spent})
    known = await a_customer()
    bought = order(known, 49_999)
    for each in (bought, order(known, 1)):
        await harness.hear(ORDERED, each)
    assert await tags_of(known) == ["spender"]

    await harness.hear(CANCELLED, bought | {"cancelled_at": utcnow()})

    assert await tags_of(known) == []


async def test_a_tag_by_tier_follows_the_newest_report(
    harness: Harness, a_customer, define_tag, tags_of
) -> None:
    await define_tag("golden", compared("tier", "EQUALS", text="gold"))
    known = await a_customer()
    for version, tier in ((2, "gold"), (1, "star")):
        await harness.hear(TIER, {"customer_id": known, "version": version, "to_tier": tier})

    assert await tags_of(known) == ["golden"]


async def test_a_newcomer_wears_at_once_what_fits_and_so_do_those_who_were_named(
    harness: Harness, a_customer, define_tag, tags_of
) -> None:
    await define_tag("prospect-here", compared("status", "EQUALS", text="prospect"))
    named = str(uuid4())

    known = await a_customer("crm:C-1")
    content = {
        "customer_id": named,
        "scheme": "crm",
        "value": "C-2",
        "unit": "hq.zj",
        "partner_code": None,
    }
    await harness.hear("octoreach.channel.customer.named.v1", content)

    assert await tags_of(known) == await tags_of(named) == ["prospect-here"]
    assert [event["tags"] for event in await harness.events_recorded(CHANGED)] == [
        ["prospect-here"],
        ["prospect-here"],
    ]


async def test_a_tag_may_follow_from_another_computed_tag(
    harness: Harness, a_customer, define_tag, tags_of
) -> None:
    both = [compared("tags", "CONTAINS", text="often-here"), compared("kind", "IS_KNOWN")]
    await define_tag("a-fan", {"all": both})
    await define_tag("often-here", counted("touchpoint.visited", 7, 1))
    known = await a_customer()

    await harness.hear(TOUCHED, touchpoint(known))

    assert await tags_of(known) == ["a-fan", "often-here"]
    assert len(await harness.events_recorded(CHANGED)) == 1


async def test_nobody_puts_on_by_hand_what_a_rule_decides(
    harness: Harness, a_customer, tags_of, define_tag, marketer: str
) -> None:
    await define_tag("golden", compared("tier", "EQUALS", text="gold"))
    known = await a_customer()

    refusal = await harness.graph(TAG, as_=marketer, id=known, tag="golden")

    assert refusal["tagCustomer"] == {
        "__typename": "TagIsComputed",
        "tag": "golden",
        "message": "A rule decides who wears golden; change the rule.",
    }
    assert await tags_of(known) == []


async def test_events_at_once_about_one_customer_are_all_counted(
    harness: Harness, a_customer, define_tag, tags_of
) -> None:
    await define_tag("ten-times", counted("touchpoint.visited", 1, 10))
    known = await a_customer()

    await asyncio.gather(*(harness.hear(TOUCHED, touchpoint(known)) for _ in range(9)))
    assert await tags_of(known) == []
    await harness.hear(TOUCHED, touchpoint(known))

    assert await tags_of(known) == ["ten-times"]


async def test_a_rule_waits_for_those_who_ask_the_old_ones_but_holds_nobody_up(
    harness: Harness, define_tag, a_customer, tags_of
) -> None:
    async with harness.db.transaction() as busy:
        await rulebook_version(busy)
        defining = asyncio.create_task(define_tag("t", compared("kind", "IS_KNOWN")))
        async with asyncio.timeout(30), harness.db.transaction() as another:
            await rulebook_version(another)
        with pytest.raises(GraphFailed) as refused:
            await defining

    assert refused.value.codes == ["UNAVAILABLE"]
    await define_tag("t", compared("kind", "IS_KNOWN"))
    assert await tags_of(await a_customer()) == ["t"]


async def test_who_changes_in_what_no_rule_reads_is_not_asked(
    harness: Harness, a_customer, define_tag, marketer: str
) -> None:
    await define_tag("often-here", OFTEN_HERE)
    await define_tag("golden", compared("tier", "EQUALS", text="gold"))
    known = await a_customer()
    before = commands.asked._value.get()

    await harness.graph(TAG, as_=marketer, id=known, tag="unrelated")
    await harness.hear(TOUCHED, touchpoint(known, "called"))
    await harness.hear(ORDERED, order(known, 5))
    unasked = commands.asked._value.get()
    await harness.hear(TOUCHED, touchpoint(known))

    assert (unasked - before, commands.asked._value.get() - unasked) == (0, 1)


CHANGE = """
mutation ($input: ChangeCustomerInput!) { changeCustomer(input: $input) {
  ... on CustomerWasChanged { customer { version } } } }
"""
ADD = """
mutation ($id: UUID!) {
  addIdentifier(customerId: $id, identifier: { scheme: "email", value: "ada@x.y" }) {
    ... on CustomerWasChanged { customer { version } } } }
"""
DECLARE = (
    "mutation ($name: String!) { declareAttribute(name: $name, type: DECIMAL) { __typename } }"
)


async def test_only_rules_that_read_what_has_changed_are_asked(
    harness: Harness, front_line: str, marketer: str, define_tag: Any, a_customer: Any
) -> None:
    for name in ("arpu", "months"):
        await harness.graph(DECLARE, as_=marketer, name=name)
    await define_tag("rich", compared("attribute.arpu", "AT_LEAST", number=100))
    await define_tag("away", compared("status", "EQUALS", text="churned"))
    customer = await a_customer()

    def asked() -> float:
        return REGISTRY.get_sample_value("rules_asked_total") or 0

    async def counted_while(query: str, **variables: Any) -> float:
        before = asked()
        await harness.graph(query, as_=front_line, **variables)
        return asked() - before

    changes = [
        {"name": "Ada"},
        {"timeZone": "Europe/Berlin"},
        {"name": "Eve", "status": "CHURNED"},
        {"unit": "hq.zj.nb"},
    ]
    told = [await counted_while(CHANGE, input={"customerId": customer, **each}) for each in changes]
    known = await counted_while(ADD, id=customer)
    values = [("months", "3"), ("arpu", "120")]
    put = [
        await counted_while(SET, id=customer, values=[{"name": name, "value": value}])
        for name, value in values
    ]

    assert told == [0, 0, 1, 2]
    assert known == 0
    assert put == [0, 1]
