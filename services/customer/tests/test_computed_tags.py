"""Tags that follow from rules: at once by events, by and by when a rule is new, in time by itself."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from customer.reckoning import commands, pages, waiting
from customer.reckoning.due import reckon_what_is_due
from customer.rules.commands import rulebook_version
from customer.tags.commands import expire_tags
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

CHANGED = "octoreach.customer.customer.changed.v1"
TOUCHED = "octoreach.channel.touchpoint.reported.v1"
ORDERED = "octoreach.channel.order.placed.v1"
CANCELLED = "octoreach.channel.order.cancelled.v1"
TIER = "octoreach.loyalty.tier.changed.v1"
SET = """
mutation ($id: UUID!, $values: [CustomerAttributeInput!]!) {
  setAttributes(customerId: $id, attributes: $values) {
    ... on CustomerWasChanged { customer { tags { tag source } } }
} }
"""
TAG = """
mutation ($id: UUID!, $tag: String!) { tagCustomer(customerId: $id, tag: $tag) {
  __typename
  ... on CustomerWasChanged { customer { tags { tag weight } } }
  ... on TagIsComputed { tag message }
} }
"""
RETIRE = (
    "mutation ($tag: String!) { retireTag(tag: $tag) { ... on TagWasDefined { definition "
    "{ retired reckoning { state } } } ... on NotFound { kind key } } }"
)
PROGRESS = """{ tagDefinitions { edges { node {
  tag reckoning { state population evaluated changed }
} } } }"""


def compared(fact: str, operator: str, **value: Any) -> dict[str, Any]:
    return {"compare": {"fact": fact, "operator": operator, "value": value or None}}


def counted(event: str, days: int, value: int, operator: str = "AT_LEAST") -> dict[str, Any]:
    return {"count": {"event": event, "withinDays": days, "operator": operator, "value": value}}


def touchpoint(customer: str, kind: str = "visited", days_ago: int = 0) -> dict[str, Any]:
    return {
        "touchpoint_id": uuid4(),
        "customer_id": customer,
        "kind": kind,
        "channel_code": "app",
        "occurred_at": utcnow() - timedelta(days=days_ago),
    }


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


OFTEN_HERE = counted("touchpoint.visited", 7, 3)


@pytest.fixture
def tags_of(customer_of):
    async def read(customer: str) -> list[str]:
        return sorted(each["tag"] for each in (await customer_of(customer, "tags { tag }"))["tags"])

    return read


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


async def test_tags_that_would_read_each_other_are_refused(define_tag) -> None:
    await define_tag("a", compared("tags", "CONTAINS", text="b"))
    await define_tag("b", compared("tags", "CONTAINS", text="c"))

    refusal = await define_tag("c", {"not": compared("tags", "CONTAINS", text="a")})

    assert refusal["__typename"] == "TagsInACircle"
    assert set(refusal["tags"]) == {"a", "b", "c"}


async def test_a_new_rule_is_asked_of_everybody_in_the_background_and_says_how_far_it_is(
    harness: Harness, a_customer, define_tag, tags_of, marketer, reckon_everything, monkeypatch
) -> None:
    known = [await a_customer(f"crm:C-{number}") for number in range(5)]
    await a_customer("crm:elsewhere", unit="hq.zj.nb")
    await harness.hear(TOUCHED, touchpoint(known[3]))
    monkeypatch.setattr(pages, "LOOKED_THROUGH", 2)
    await define_tag("here", counted("touchpoint.visited", 7, 1), unit="hq.zj.hz")

    async def progress() -> Any:
        found = await harness.graph(PROGRESS, as_=marketer)
        return found["tagDefinitions"]["edges"][0]["node"]["reckoning"]

    before = await progress()
    async with harness.db.transaction() as session:
        await pages.reckon_next_page(session)
    midway = await progress()
    rest = await reckon_everything()

    assert before == {"state": "WAITING", "population": 0, "evaluated": 0, "changed": 0}
    assert midway == {"state": "RUNNING", "population": 5, "evaluated": 2, "changed": 0}
    assert rest == 2
    assert await progress() == {"state": "DONE", "population": 5, "evaluated": 5, "changed": 1}
    assert [await tags_of(each) for each in known] == [[], [], [], ["here"], []]


async def test_a_page_that_fails_is_begun_again_where_the_last_one_ended(
    harness: Harness, a_customer, define_tag, tags_of, reckon_everything, monkeypatch
) -> None:
    known = [await a_customer(f"crm:C-{number}") for number in range(4)]
    monkeypatch.setattr(pages, "LOOKED_THROUGH", 2)
    await define_tag("everybody", compared("kind", "IS_KNOWN"))

    async def begin_and_fail() -> None:
        async with harness.db.transaction() as session:
            await pages.reckon_next_page(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await begin_and_fail()

    assert [await tags_of(each) for each in known] == [[]] * 4
    assert await reckon_everything() == 3
    assert [await tags_of(each) for each in known] == [["everybody"]] * 4
    assert len(await harness.events_recorded(CHANGED)) == 4


async def test_the_same_rule_again_is_asked_of_nobody_and_another_one_is(
    harness: Harness, a_customer, define_tag, tags_of, reckon_everything
) -> None:
    known = await a_customer()
    await define_tag("t", compared("status", "EQUALS", text="prospect"))
    await reckon_everything()

    same = await define_tag("t", compared("status", "EQUALS", text="prospect"), name="Other words")
    assert await reckon_everything() == 0
    other = await define_tag("t", compared("status", "EQUALS", text="active"))
    await reckon_everything()

    assert other["definition"]["version"] == same["definition"]["version"] + 1
    assert await tags_of(known) == []


async def test_a_retired_tag_leaves_those_it_was_computed_for(
    harness: Harness, a_customer, define_tag, tags_of, marketer, reckon_everything
) -> None:
    await define_tag("t", compared("status", "EQUALS", text="prospect"))
    known = await a_customer()
    assert await tags_of(known) == ["t"]

    retired = await harness.graph(RETIRE, as_=marketer, tag="t")
    unknown = await harness.graph(RETIRE, as_=marketer, tag="u")
    await reckon_everything()

    assert retired["retireTag"]["definition"]["retired"] is True
    assert unknown["retireTag"] == {"kind": "tag", "key": "u"}
    assert await tags_of(known) == []


async def a_day_passes(harness: Harness) -> None:
    """As far as activity and what is due go."""
    async with harness.db.transaction() as session:
        for days in (1_000, -999):
            await session.execute(text(f"UPDATE activity_day SET day = day - {days}"))
        await session.execute(text("UPDATE rule_due SET due_at = due_at - interval '1 day'"))
    async with harness.db.transaction() as session:
        await reckon_what_is_due(session)


async def test_a_window_passes_without_an_event_and_only_when_its_day_has_come(
    harness: Harness, a_customer, define_tag, tags_of
) -> None:
    await define_tag("often-here", OFTEN_HERE)
    await define_tag("quiet", counted("touchpoint.visited", 5, 1, "AT_MOST"))
    known = await a_customer()
    for days_ago in (4, 5, 0):
        await harness.hear(TOUCHED, touchpoint(known, days_ago=days_ago))
    assert await tags_of(known) == ["often-here"]

    worn = []
    for _ in range(3):
        await a_day_passes(harness)
        worn.append(await tags_of(known))

    assert worn == [["often-here", "quiet"], ["quiet"], ["quiet"]]


async def test_a_rule_that_time_may_change_is_watched_for_those_it_does_not_fit_yet(
    harness: Harness, a_customer, define_tag, tags_of, reckon_everything
) -> None:
    known = await a_customer()
    await harness.hear(TOUCHED, touchpoint(known, days_ago=1))
    await define_tag("silent", counted("touchpoint.visited", 2, 0, "EQUALS"))
    await reckon_everything()
    assert await tags_of(known) == []

    await a_day_passes(harness)

    assert await tags_of(known) == ["silent"]


async def test_a_computed_tag_fades_when_its_rule_fits_no_more_and_is_whole_when_it_does_again(
    harness: Harness, a_customer, customer_of, define_tag
) -> None:
    await define_tag("golden", compared("tier", "EQUALS", text="gold"), halfLifeDays=10)
    known = await a_customer()
    versions = iter(range(1, 9))

    async def tier(name: str) -> Any:
        report = {"customer_id": known, "version": next(versions), "to_tier": name}
        await harness.hear(TIER, report)
        return (await customer_of(known, "tags { tag weight expiresAt }"))["tags"]

    whole = {"tag": "golden", "weight": 1.0, "expiresAt": None}
    assert await tier("gold") == [whole]
    (fading,) = await tier("star")
    async with harness.db.transaction() as session:
        await session.execute(
            text(
                "UPDATE customer SET tags = jsonb_set(tags, '{0,since}', to_jsonb((now() AT TIME "
                "ZONE 'UTC')::date - 10))"
            )
        )
    (faded,) = (await customer_of(known, "tags { weight }"))["tags"]

    ends = datetime.combine(utcnow().date() + timedelta(days=34), datetime.min.time(), UTC)
    assert (fading["weight"], datetime.fromisoformat(fading["expiresAt"])) == (1.0, ends)
    assert faded == {"weight": 0.5}
    assert await tier("gold") == [whole]


async def test_a_tag_below_its_threshold_goes_away_and_is_announced(
    harness: Harness, a_customer, tags_of, define_tag, marketer: str
) -> None:
    await define_tag("interested", None, halfLifeDays=7, fadesBelow=0.25)
    known = await a_customer()
    on = await harness.graph(TAG, as_=marketer, id=known, tag="interested")
    assert on["tagCustomer"]["customer"]["tags"] == [{"tag": "interested", "weight": 1.0}]

    async with harness.db.transaction() as session:
        past = (utcnow() - timedelta(seconds=1)).isoformat()
        statement = (
            "UPDATE customer SET tags_expire_at = CAST(CAST(:past AS text) AS timestamptz), "
            "tags = jsonb_set(tags, '{0,expires_at}', to_jsonb(CAST(:past AS text)))"
        )
        await session.execute(text(statement), {"past": past})
    async with harness.db.transaction() as session:
        await expire_tags(session)

    assert await tags_of(known) == []
    assert (await harness.events_recorded(CHANGED))[-1]["tags"] == []


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


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"tag": "T!"}, "tag"),
        ({"name": ""}, "name"),
        ({"unit": "not a unit"}, "unit"),
        ({"halfLifeDays": 0}, "halfLifeDays"),
        ({"halfLifeDays": 3, "fadesBelow": 1.0}, "fadesBelow"),
        ({"fadesBelow": 0.5}, "fadesBelow"),
        ({"expiresAfterDays": 3}, "expiresAfterDays"),
        ({"rule": compared("attribute.nope", "IS_KNOWN")}, "rule.compare.fact"),
    ],
)
async def test_a_definition_that_makes_no_sense_is_refused(
    harness: Harness, define_tag, marketer: str, told: dict[str, Any], field: str
) -> None:
    rule = compared("status", "IS_KNOWN")

    refusal = await define_tag(**{"tag": "t", "rule": rule} | told)

    assert (refusal["__typename"], refusal["field"]) == ("InvalidInput", field)
    assert (await harness.graph(PROGRESS, as_=marketer))["tagDefinitions"]["edges"] == []


async def test_a_tag_is_defined_in_the_units_of_who_defines_it_and_its_kind_stays(
    harness: Harness, define_tag
) -> None:
    below = harness.token("marketer", unit="hq.zj")
    await define_tag("t", None, as_=below, unit="hq.zj")

    computed = await define_tag("t", compared("status", "IS_KNOWN"), as_=below, unit="hq.zj")
    with pytest.raises(GraphFailed) as outside:
        await define_tag("u", None, as_=below, unit="hq.js")
    with pytest.raises(GraphFailed) as front_line:
        await define_tag("u", None, as_=harness.token("front_line", unit="hq"))

    assert computed["__typename"] == "Conflict"
    assert outside.value.codes == front_line.value.codes == ["FORBIDDEN"]


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


async def test_a_tag_for_very_many_waits_while_much_is_to_be_told_already(
    harness: Harness, a_customer, define_tag, tags_of, reckon_everything, monkeypatch
) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 2)
    known = [await a_customer(f"crm:{number}") for number in range(3)]
    await define_tag("t", compared("kind", "IS_KNOWN"))

    pages = await reckon_everything()
    meanwhile = [await tags_of(each) for each in known]
    await harness.publish()

    assert (pages, meanwhile) == (0, [[], [], []])
    assert await reckon_everything() > 0
    assert [await tags_of(each) for each in known] == [["t"]] * 3
