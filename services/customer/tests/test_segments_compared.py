"""Previews, snapshots, and what segments have in common."""

import pytest
from services.customer.tests.segments import PREVIEW, SNAPSHOT, tagged

from customer.reckoning import pages
from customer.segments import preview
from kit.testing.harness import GraphFailed, Harness

TAKEN = "octoreach.customer.segment.snapshotted.v1"
OVERLAP = (
    "query ($one: UUID!, $other: UUID!) "
    "{ segmentOverlap(one: $one, other: $other) { one other both } }"
)


async def test_a_snapshot_keeps_who_was_in_it_and_is_read_line_by_line(
    harness: Harness, a_customer, a_segment, tag, marketer, reckon_everything
) -> None:
    segment = await a_segment("s", tagged("vip"))
    await reckon_everything()
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


async def test_no_snapshot_is_taken_of_a_segment_that_is_not_all_found_yet(
    harness: Harness, a_customer, a_segment, tag, marketer, reckon_everything, monkeypatch
) -> None:
    known = [await a_customer(f"crm:C-{number}") for number in range(3)]
    for each in known:
        await tag(each)
    segment = await a_segment("s", tagged("vip"))
    monkeypatch.setattr(pages, "LOOKED_THROUGH", 2)

    waiting = (await harness.graph(SNAPSHOT, as_=marketer, id=segment))["takeSegmentSnapshot"]
    async with harness.db.transaction() as session:
        await pages.reckon_next_page(session)
    halfway = (await harness.graph(SNAPSHOT, as_=marketer, id=segment))["takeSegmentSnapshot"]
    await reckon_everything()
    done = (await harness.graph(SNAPSHOT, as_=marketer, id=segment))["takeSegmentSnapshot"]

    assert waiting == {
        "__typename": "SegmentIsReckoned",
        "message": "The rule of s is being asked of everybody (it waits its turn): "
        "take the snapshot when that is done.",
    }
    assert halfway["message"].startswith(
        "The rule of s is being asked of everybody (2 of 3 so far)"
    )
    assert done["snapshot"]["size"] == 3
    assert [each["size"] for each in await harness.events_recorded(TAKEN)] == [3]


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
    monkeypatch.setattr(preview, "FIRST", 1 / 256)
    in_two_steps = await harness.graph(PREVIEW, as_=marketer, rule={"not": tagged("vip")})

    assert in_two_steps == found
    found = found["segmentPreview"]
    assert found["exact"] is False
    assert found["low"] <= 60 <= found["high"]
    assert found["low"] <= found["count"] <= found["high"]


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
