"""Segments: who is in them follows from a rule or a list, and is current with every event."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from customer.activity.models import ActivityDay
from customer.entity import table_of
from customer.reckoning import pages
from customer.segments import preview
from customer.segments.models import SegmentMember
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

MOVED = "octoreach.customer.segment.changed.v1"
TAKEN = "octoreach.customer.segment.snapshotted.v1"
TOUCHED = "octoreach.channel.touchpoint.reported.v1"
RESULT = """{
  __typename
  ... on SegmentWasChanged { segment { id code version state size rule reckoning { state } } }
  ... on Refusal { message }
} }"""
INVALID = RESULT.replace("  ... on Refusal", "  ... on InvalidInput { field }\n  ... on Refusal")
CREATE = "mutation ($input: NewSegmentInput!) { createSegment(input: $input) " + INVALID
CHANGE = (
    "mutation ($id: UUID!, $rule: PredicateInput, $name: String) "
    "{ changeSegment(id: $id, rule: $rule, name: $name) " + INVALID
)
ARCHIVE = "mutation ($id: UUID!) { archiveSegment(id: $id) " + RESULT
SNAPSHOT = (
    "mutation ($id: UUID!) { takeSegmentSnapshot(id: $id) { __typename "
    "... on SegmentSnapshotWasTaken { snapshot { id size segmentVersion } } } }"
)
SEGMENT = """
query ($id: UUID!) { segment(id: $id) {
  code size history { joined left size } reckoning { state evaluated }
  members { edges { node { customerId customer { unit } } } }
} }
"""
PREVIEW = """
query ($rule: PredicateInput!, $unit: String) { segmentPreview(rule: $rule, unit: $unit) {
  count exact low high population sample { id }
} }
"""
OVERLAP = (
    "query ($one: UUID!, $other: UUID!) "
    "{ segmentOverlap(one: $one, other: $other) { one other both } }"
)
TAG = (
    "mutation ($id: UUID!, $tag: String!) { tagCustomer(customerId: $id, tag: $tag) "
    "{ __typename } }"
)
UNTAG = TAG.replace("tagCustomer", "untagCustomer")


def tagged(tag: str) -> dict[str, Any]:
    return {"compare": {"fact": "tags", "operator": "CONTAINS", "value": {"text": tag}}}


@pytest.fixture
def create(harness: Harness, marketer: str):
    """Sends `createSegment` and answers with its result."""

    async def send(code: str, rule: Any = None, *, as_: str = marketer, **told: Any) -> Any:
        told = {"code": code, "name": code, "unit": "hq", "rule": rule} | told
        return (await harness.graph(CREATE, as_=as_, input=told))["createSegment"]

    return send


@pytest.fixture
def a_segment(create):
    """Creates one and answers with its id."""

    async def make(code: str = "s", rule: Any = None, **told: Any) -> str:
        return (await create(code, rule, **told))["segment"]["id"]

    return make


@pytest.fixture
def members_of(harness: Harness, marketer: str):
    async def read(segment: str) -> list[str]:
        found = (await harness.graph(SEGMENT, as_=marketer, id=segment))["segment"]
        members = [each["node"]["customerId"] for each in found["members"]["edges"]]
        assert found["size"] == len(members)
        return members

    return read


@pytest.fixture
def tag(harness: Harness, marketer: str):
    async def put(customer: str, tag: str = "vip", *, on: bool = True) -> None:
        await harness.graph(TAG if on else UNTAG, as_=marketer, id=customer, tag=tag)

    return put


@pytest.fixture
def upload(harness: Harness, marketer: str):
    async def send(
        segment: str,
        body: bytes,
        *,
        kind: str = "text/csv",
        path: str = "",
        as_: str = marketer,
    ) -> Any:
        return await harness.http.post(
            f"/v1/segments/{segment}/members{path}",
            content=body,
            headers={"authorization": f"Bearer {as_}", "content-type": kind},
        )

    return send


def moves(events: list[dict[str, Any]]) -> list[tuple[list[str], list[str]]]:
    return [(event["joined"], event["left"]) for event in events]


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


async def test_a_snapshot_keeps_who_was_in_it_and_is_read_line_by_line(
    harness: Harness, a_customer, a_segment, tag, marketer
) -> None:
    segment = await a_segment("s", tagged("vip"))
    known = sorted([await a_customer(f"crm:C-{number}") for number in range(3)])
    for each in known:
        await tag(each)

    taken = (await harness.graph(SNAPSHOT, as_=marketer, id=segment))["takeSegmentSnapshot"]
    await tag(known[0], on=False)
    path = f"/v1/segment-snapshots/{taken['snapshot']['id']}/members"
    as_csv = await harness.get(path, as_=marketer)
    as_lines = await harness.get(path, as_=marketer, format="jsonl")
    outside = await harness.get(path, as_=harness.token("marketer", unit="hq.zj"))
    partner = await harness.get(path, as_=harness.token("partner", unit="hq", partner="p"))

    assert (taken["snapshot"]["size"], taken["snapshot"]["segmentVersion"]) == (3, 1)
    assert as_csv.text.splitlines() == ["customer_id", *known]
    assert as_lines.text.splitlines() == [f'{{"customer_id":"{each}"}}' for each in known]
    assert (outside.status_code, partner.status_code) == (404, 403)
    (told,) = await harness.events_recorded(TAKEN)
    assert (told["code"], told["size"]) == ("s", 3)


async def test_a_list_takes_whom_its_lines_name_and_reports_the_others(
    harness: Harness, a_customer, a_segment, members_of, upload, marketer
) -> None:
    segment = await a_segment("list", unit="hq.zj")
    known = [await a_customer(f"msisdn:1380013800{number}") for number in range(2)]
    await a_customer("crm:elsewhere", unit="hq.js", as_=marketer)
    body = (
        b"\xef\xbb\xbfscheme,value\nmsisdn, 138 0013 8000\ncrm,nobody\ncrm,elsewhere\n"
        b"msisdn,\xff\xfe\nMSISDN,13800138001\n"
    )

    first = await upload(segment, body)
    again = await upload(segment, body)
    lines = f'{{"customer_id":"{known[1]}"}}\n\n{{"customer_id":"x"}}\nnot json\n[]\n{{}}\n'
    as_lines = await upload(segment, lines.encode(), kind="application/x-ndjson")

    assert first.json() | {"reported": []} == {
        "lines": 5,
        "moved": 1,
        "unchanged": 0,
        "refused": 4,
        "reported": [],
    }
    assert [each["line"] for each in first.json()["reported"]] == [3, 4, 5, 6]
    reasons = [each["reason"] for each in first.json()["reported"]]
    assert reasons[:3] == ["is nobody known in hq.zj"] * 2 + ["is not UTF-8"]
    assert (again.json()["moved"], again.json()["unchanged"]) == (0, 1)
    assert as_lines.json() == {
        "lines": 5,
        "moved": 1,
        "unchanged": 0,
        "refused": 4,
        "reported": [
            {"line": 3, "reason": "'x' is no customer's id"},
            {"line": 4, "reason": "is no JSON"},
            {"line": 5, "reason": "is no object"},
            {"line": 6, "reason": "has no scheme"},
        ],
    }
    assert await members_of(segment) == sorted(known)


async def test_lines_take_customers_off_a_list_again(
    harness: Harness, a_customer, a_segment, members_of, upload
) -> None:
    segment = await a_segment("list")
    known = await a_customer()
    body = f"customer_id\n{known}\n".encode()

    await upload(segment, body)
    off = await upload(segment, body, path="/removal")
    again = await upload(segment, body, path="/removal")

    assert (off.json()["moved"], again.json()["moved"]) == (1, 0)
    assert await members_of(segment) == []
    assert moves(await harness.events_recorded(MOVED)) == [([known], []), ([], [known])]


async def test_a_file_that_is_no_list_of_customers_is_refused_whole(
    harness: Harness, a_customer, a_segment, members_of, upload
) -> None:
    known = await a_customer()
    segment, by_rule = await a_segment("list"), await a_segment("rule", tagged("vip"))
    good = f"customer_id\n{known}\n".encode()

    answers = [
        await upload(segment, b"who,what\nme,this\n"),
        await upload(segment, b""),
        await upload(segment, good.decode().encode("utf-16")),
        await upload(segment, good + b'"never closed\n'),
        await upload(segment, good, kind="application/pdf"),
        await upload(by_rule, good),
        await upload(str(uuid4()), good),
        await upload(segment, good, as_=harness.token("analyst", unit="hq")),
    ]

    assert [each.status_code for each in answers] == [422] * 5 + [409, 404, 403]
    assert await members_of(segment) == await members_of(by_rule) == []


async def test_the_same_list_sent_at_once_counts_each_member_once(
    harness: Harness, a_customer, a_segment, members_of, upload
) -> None:
    segment = await a_segment("list")
    known = [await a_customer(f"crm:C-{number}") for number in range(3)]
    body = ("customer_id\n" + "\n".join(known)).encode()

    answers = await asyncio.gather(*(upload(segment, body) for _ in range(5)))

    assert sorted(each.json()["moved"] for each in answers) == [0, 0, 0, 0, 3]
    assert await members_of(segment) == sorted(known)


async def test_a_preview_counts_exactly_and_shows_some_without_keeping_anything(
    harness: Harness, a_customer, tag, marketer
) -> None:
    known = [await a_customer(f"crm:C-{number}") for number in range(3)]
    await tag(known[1])
    await a_customer("crm:elsewhere", unit="hq.js", as_=marketer)
    rule = {"not": {"any": [tagged("vip"), {"all": [tagged("never")]}]}}

    everywhere = await harness.graph(PREVIEW, as_=marketer, rule=rule)
    below = await harness.graph(PREVIEW, as_=marketer, rule=rule, unit="hq.zj")

    assert everywhere["segmentPreview"]["count"] == 3
    found = below["segmentPreview"]
    assert sorted(each["id"] for each in found.pop("sample")) == sorted([known[0], known[2]])
    assert found == {"count": 2, "exact": True, "low": 2, "high": 2, "population": 3}
    with pytest.raises(GraphFailed) as refused:
        await harness.graph(
            PREVIEW, as_=harness.token("marketer", unit="hq.js"), rule=rule, unit="hq"
        )
    assert refused.value.codes == ["FORBIDDEN"]


async def test_a_preview_of_many_is_an_estimate_that_says_how_good_it_is(
    harness: Harness, a_customer, tag, marketer, monkeypatch
) -> None:
    monkeypatch.setattr(preview, "COUNTED_WHOLE", 50)
    monkeypatch.setattr(preview, "SAMPLED", 1 / 32)
    for number in range(60):
        await a_customer(f"crm:C-{number}")

    found = await harness.graph(PREVIEW, as_=marketer, rule={"not": tagged("vip")})

    found = found["segmentPreview"]
    assert found["exact"] is False
    assert found["low"] <= 60 <= found["high"]
    assert found["low"] <= found["count"] <= found["high"]


async def test_a_rule_that_makes_no_sense_is_refused_with_the_place_in_it(
    harness: Harness, create, a_segment, marketer
) -> None:
    wrong = {"all": [tagged("vip"), {"not": {"compare": {"fact": "tag", "operator": "IS_KNOWN"}}}]}
    deep: Any = tagged("vip")
    for _ in range(9):
        deep = {"not": deep}
    segment = await a_segment("s", tagged("vip"))

    created = await create("t", wrong)
    changed = await harness.graph(CHANGE, as_=marketer, id=segment, rule=wrong)
    too_deep = await create("t", deep)
    with pytest.raises(GraphFailed) as previewed:
        await harness.graph(PREVIEW, as_=marketer, rule=wrong)

    assert created["field"] == changed["changeSegment"]["field"] == "rule.all[1].not.compare.fact"
    assert previewed.value.errors[0]["extensions"]["field"] == "rule.all[1].not.compare.fact"
    assert too_deep["message"] == "The rule is nested deeper than 8 levels."


async def test_segments_are_created_once_and_within_the_callers_units(
    harness: Harness, create, marketer
) -> None:
    below = harness.token("marketer", unit="hq.zj")

    both = await asyncio.gather(*(create("s", as_=below, unit="hq.zj") for _ in range(2)))
    wrong = await create("S!", as_=below, unit="hq.zj")
    with pytest.raises(GraphFailed) as outside:
        await create("t", as_=below, unit="hq.js")
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


async def test_two_segments_tell_what_they_have_in_common_and_a_customer_what_they_are_in(
    harness: Harness, a_customer, a_segment, tag, marketer
) -> None:
    vips, golds = await a_segment("vips", tagged("vip")), await a_segment("golds", tagged("gold"))
    known = [await a_customer(f"crm:C-{number}") for number in range(3)]
    for each, name in ((0, "vip"), (1, "vip"), (1, "gold"), (2, "gold")):
        await tag(known[each], name)

    common = await harness.graph(OVERLAP, as_=marketer, one=vips, other=golds)
    hidden = await harness.graph(
        OVERLAP, as_=harness.token("analyst", unit="hq.zj"), one=vips, other=golds
    )
    of = "query ($id: UUID!) { segmentsOfCustomer(customerId: $id) { code } }"
    inside = await harness.graph(of, as_=marketer, id=known[1])

    assert common["segmentOverlap"] == {"one": 2, "other": 2, "both": 1}
    assert hidden["segmentOverlap"] is None
    assert inside["segmentsOfCustomer"] == [{"code": "golds"}, {"code": "vips"}]


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


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/csv", b"scheme,value\nmsisdn,138 0013 8000\nmsisdn,+1 212 555 0100\n"),
        (
            "application/x-ndjson",
            b'{"scheme": "msisdn", "value": "138 0013 8000"}\n'
            b'{"scheme": "msisdn", "value": "001 212 555 0100"}\n',
        ),
    ],
)
async def test_numbers_on_a_list_are_of_the_country_that_is_named(
    a_customer, a_segment, members_of, upload, kind: str, body: bytes
) -> None:
    known = [await a_customer("msisdn:+8613800138000"), await a_customer("msisdn:+12125550100")]
    segment = await a_segment("people", None)

    wrong = await upload(segment, body, kind=kind, path="?country_code=0")
    taken = (await upload(segment, body, kind=kind, path="?country_code=86")).json()
    joined = await members_of(segment)
    gone = (await upload(segment, body, kind=kind, path="/removal?country_code=86")).json()

    assert wrong.status_code == 422
    assert (taken["moved"], taken["refused"], gone["moved"]) == (2, 0, 2)
    assert sorted(joined) == sorted(known)
