"""Segments: who is in them follows from a rule or a list, and is current with every event."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from services.customer.tests.segments import (
    INVALID,
    MOVED,
    PREVIEW,
    RESULT,
    SEGMENT,
    SNAPSHOT,
    moves,
    tagged,
)
from sqlalchemy import func, select

from customer.activity.models import ActivityDay
from customer.entity import table_of
from customer.reckoning import pages
from customer.segments.models import SegmentMember
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

TOUCHED = "octoreach.channel.touchpoint.reported.v1"
CHANGE = (
    "mutation ($id: UUID!, $rule: PredicateInput, $name: String) "
    "{ changeSegment(id: $id, rule: $rule, name: $name) " + INVALID
)
ARCHIVE = "mutation ($id: UUID!) { archiveSegment(id: $id) " + RESULT


async def test_membership_follows_every_change_and_is_announced_once_each(
    harness: Harness, a_customer, a_segment, members_of, tag
) -> None:
    segment = await a_segment("vips", tagged("vip"))
    known, other = await a_customer("crm:C-1"), await a_customer("crm:C-2")

    await tag(known)
    await tag(known, "unrelated")
    joined = await members_of(segment)
    await tag(other)
    await tag(known, on=False)

    assert joined == [known]
    assert await members_of(segment) == [other]
    told = await harness.events_recorded(MOVED)
    assert moves(told) == [([known], []), ([other], []), ([], [known])]
    assert [event["code"] for event in told] == ["vips"] * 3
    assert sorted(event["position"] for event in told) == [e["position"] for e in told]


async def test_a_segment_by_a_computed_tag_follows_the_event_that_computes_it(
    harness: Harness, a_customer, a_segment, members_of, define_tag
) -> None:
    often = {"event": "touchpoint.visited", "withinDays": 7, "operator": "AT_LEAST", "value": 2}
    segment = await a_segment("fans", tagged("fan"))
    await define_tag("fan", {"count": often})
    known = await a_customer()
    seen = {
        "touchpoint_id": uuid4(),
        "customer_id": known,
        "kind": "visited",
        "channel_code": "app",
        "occurred_at": utcnow(),
    }

    first = await harness.hear(TOUCHED, seen)
    await harness.hear(TOUCHED, seen, event_id=first)
    assert await members_of(segment) == []
    await harness.hear(TOUCHED, seen)

    assert await members_of(segment) == [known]


async def test_a_new_rule_finds_those_who_fit_already_and_a_changed_one_lets_others_go(
    harness: Harness, a_customer, a_segment, members_of, tag, marketer, reckon_everything
) -> None:
    known = [await a_customer(f"crm:C-{number}") for number in range(3)]
    await a_customer("crm:elsewhere", unit="hq.js", as_=marketer)
    await tag(known[0])
    await tag(known[1], "gold")
    segment = await a_segment("s", tagged("vip"), unit="hq.zj")
    assert await members_of(segment) == []
    await reckon_everything()
    assert await members_of(segment) == [known[0]]

    changed = await harness.graph(CHANGE, as_=marketer, id=segment, rule=tagged("gold"))
    same = await harness.graph(CHANGE, as_=marketer, id=segment, rule=tagged("gold"))
    meanwhile = await members_of(segment)
    await reckon_everything()

    assert changed["changeSegment"]["segment"]["version"] == 2
    assert same["changeSegment"]["segment"]["version"] == 2
    assert meanwhile == [known[0]]
    assert await members_of(segment) == [known[1]]
    history = (await harness.graph(SEGMENT, as_=marketer, id=segment))["segment"]
    assert history["history"] == [{"joined": 2, "left": 1, "size": 1}]
    assert history["reckoning"] == {"state": "DONE", "evaluated": 3}


async def test_customers_leave_with_the_unit(
    harness: Harness, a_customer, a_segment, members_of, tag, marketer
) -> None:
    segment = await a_segment("s", tagged("vip"), unit="hq.zj.nb")
    known = await a_customer()
    await tag(known)

    assert await members_of(segment) == []


async def test_a_rule_changed_while_it_is_asked_is_asked_anew(
    harness: Harness,
    a_customer,
    a_segment,
    members_of,
    tag,
    marketer,
    reckon_everything,
    monkeypatch,
) -> None:
    monkeypatch.setattr(pages, "LOOKED_THROUGH", 1)
    known = [await a_customer(f"crm:C-{number}") for number in range(3)]
    for each in known:
        await tag(each)
    segment = await a_segment("s", tagged("vip"))
    async with harness.db.transaction() as session:
        await pages.reckon_next_page(session)
    assert await members_of(segment) == known[:1]

    await harness.graph(CHANGE, as_=marketer, id=segment, rule={"not": tagged("vip")})
    await reckon_everything()

    assert await members_of(segment) == []


async def test_an_archived_segment_is_empty_for_good(
    harness: Harness, a_customer, a_segment, members_of, tag, marketer, reckon_everything
) -> None:
    segment = await a_segment("s", tagged("vip"))
    known = await a_customer()
    await tag(known)

    answers = [await harness.graph(ARCHIVE, as_=marketer, id=segment) for _ in range(2)]
    await reckon_everything()
    await tag(known, on=False)
    await tag(known)
    refused = await harness.graph(CHANGE, as_=marketer, id=segment, name="Again")
    snapshot = await harness.graph(SNAPSHOT, as_=marketer, id=segment)

    assert {answer["archiveSegment"]["segment"]["state"] for answer in answers} == {"ARCHIVED"}
    assert await members_of(segment) == []
    assert refused["changeSegment"]["__typename"] == "SegmentIsArchived"
    assert snapshot["takeSegmentSnapshot"]["__typename"] == "SegmentIsArchived"
    assert moves(await harness.events_recorded(MOVED)) == [([known], []), ([], [known])]


async def test_a_rule_that_makes_no_sense_is_refused_with_the_place_in_it(
    harness: Harness, create_segment, a_segment, marketer
) -> None:
    wrong = {"all": [tagged("vip"), {"not": {"compare": {"fact": "tag", "operator": "IS_KNOWN"}}}]}
    deep: Any = tagged("vip")
    for _ in range(9):
        deep = {"not": deep}
    segment = await a_segment("s", tagged("vip"))

    created = await create_segment("t", wrong)
    changed = await harness.graph(CHANGE, as_=marketer, id=segment, rule=wrong)
    too_deep = await create_segment("t", deep)
    with pytest.raises(GraphFailed) as previewed:
        await harness.graph(PREVIEW, as_=marketer, rule=wrong)

    assert created["field"] == changed["changeSegment"]["field"] == "rule.all[1].not.compare.fact"
    assert previewed.value.errors[0]["extensions"]["field"] == "rule.all[1].not.compare.fact"
    assert too_deep["message"] == "The rule is nested deeper than 8 levels."


async def test_segments_are_created_once_and_within_the_callers_units(
    harness: Harness, create_segment, marketer
) -> None:
    below = harness.token("marketer", unit="hq.zj")

    both = await asyncio.gather(*(create_segment("s", as_=below, unit="hq.zj") for _ in range(2)))
    wrong = await create_segment("S!", as_=below, unit="hq.zj")
    with pytest.raises(GraphFailed) as outside:
        await create_segment("t", as_=below, unit="hq.js")
    other = harness.token("marketer", unit="hq.js")
    (made,) = [each for each in both if each["__typename"] == "SegmentWasChanged"]
    id_ = made["segment"]["id"]

    assert sorted(each["__typename"] for each in both) == ["SegmentCodeTaken", "SegmentWasChanged"]
    assert (wrong["__typename"], wrong["field"]) == ("InvalidInput", "code")
    assert outside.value.codes == ["FORBIDDEN"]
    assert (await harness.graph(SEGMENT, as_=other, id=id_))["segment"] is None
    hidden = await harness.graph(ARCHIVE, as_=other, id=id_)
    assert hidden["archiveSegment"]["__typename"] == "NotFound"
    found = await harness.graph(
        '{ segments { edges { node { code } } } segmentByCode(code: "s") { kind } }', as_=below
    )
    assert found["segments"]["edges"] == [{"node": {"code": "s"}}]
    assert found["segmentByCode"] == {"kind": "LIST"}


async def test_changes_of_one_customer_at_once_end_where_the_last_one_says(
    harness: Harness, a_customer, a_segment, members_of, tag
) -> None:
    both = await a_segment("both", {"all": [tagged("a"), tagged("b")]})
    known = await a_customer()

    await asyncio.gather(*(tag(known, name) for name in ("a", "b", "c", "d")))

    assert await members_of(both) == [known]
    async with harness.db.reading() as session:
        count = select(func.count()).select_from(table_of(SegmentMember))
        assert (await session.execute(count)).scalar_one() == 1
        days = select(func.count()).select_from(table_of(ActivityDay))
        assert (await session.execute(days)).scalar_one() == 0
