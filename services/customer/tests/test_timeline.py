import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from services.customer.tests.timelines import (
    NOON,
    STORAGE,
    TIMELINE,
    TOUCHPOINT,
    keep_for,
    timeline,
    touchpoint,
)

from kit.testing.harness import GraphFailed, Harness


async def test_a_touchpoint_is_told_with_its_particulars(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    report = touchpoint(known)

    event = await harness.hear(TOUCHPOINT, report)

    assert await timeline(harness, front_line, known) == [
        {
            "id": str(event),
            "occurredAt": "2026-05-01T12:00:00+00:00",
            "kind": "touchpoint",
            "source": "channel",
            "title": "Data ran low at app",
            "details": [
                {"name": "channel_code", "value": "app"},
                {"name": "partner_code", "value": "acme"},
                {"name": "touchpoint_id", "value": report["touchpoint_id"]},
                {"name": "megabytes", "value": "120"},
            ],
        }
    ]


async def test_each_entry_is_there_once_newest_first_whatever_comes_when(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    reports = [touchpoint(known, NOON - timedelta(days=40 * number)) for number in (2, 0, 1)]
    events = [await harness.hear(TOUCHPOINT, report) for report in reports]

    await asyncio.gather(
        *(
            harness.hear(TOUCHPOINT, report, event_id=event)
            for event, report in zip(events * 3, reports * 3, strict=True)
        )
    )

    told = await timeline(harness, front_line, known)
    assert [entry["id"] for entry in told] == [str(events[place]) for place in (1, 2, 0)]


async def test_pages_go_on_where_the_last_one_ended_also_within_one_moment(
    harness: Harness, a_customer, front_line: str
) -> None:
    known, other = await a_customer("crm:C-1"), await a_customer("crm:C-2")
    for number in range(7):
        await harness.hear(TOUCHPOINT, touchpoint(known, NOON + timedelta(hours=number // 3)))
        await harness.hear(TOUCHPOINT, touchpoint(other))
    whole = [entry["id"] for entry in await timeline(harness, front_line, known)]

    seen: list[str] = []
    after, more = None, True
    while more:
        answer = await harness.graph(TIMELINE, as_=front_line, id=known, first=2, after=after)
        page = answer["customer"]["timeline"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert len(set(whole)) == 7
    assert seen == whole


async def test_only_the_kinds_asked_for_are_told(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    await harness.hear(TOUCHPOINT, touchpoint(known))
    tier = {"customer_id": known, "version": 1, "from_tier": None, "to_tier": "gold"}
    await harness.hear("octoreach.loyalty.tier.changed.v1", tier)

    told = await timeline(harness, front_line, known, kinds=["tier_changed", "feedback"])

    assert [entry["kind"] for entry in told] == ["tier_changed"]


async def test_what_is_reported_before_the_customer_is_known_is_told_once_they_are(
    harness: Harness, front_line: str
) -> None:
    id_ = str(uuid4())
    await harness.hear(TOUCHPOINT, touchpoint(id_))
    named = {"customer_id": id_, "scheme": "crm", "value": "C-1", "unit": "hq.zj"}

    await harness.hear("octoreach.channel.customer.named.v1", named)

    assert len(await timeline(harness, front_line, id_)) == 1


@pytest.mark.parametrize("kind", ["\0", "touchpoints"])
async def test_a_kind_that_there_is_not_is_refused_and_not_kept_for_a_time(
    harness: Harness, a_customer, front_line: str, operator: str, kind: str
) -> None:
    known = await a_customer()

    with pytest.raises(GraphFailed) as failed:
        await timeline(harness, front_line, known, kinds=[kind])
    answer = await keep_for(harness, operator, 3, "touchpoints")

    assert failed.value.codes == ["REFUSED"]
    assert answer == {"__typename": "InvalidInput", "field": "kind"}
    stored = (await harness.graph(STORAGE, as_=operator))["timelineStorage"]
    assert stored["retention"] == []


async def test_partners_do_not_read_what_others_did(harness: Harness, a_customer) -> None:
    known = await a_customer()

    with pytest.raises(GraphFailed) as failed:
        await timeline(harness, harness.token("partner", unit="hq.zj"), known)

    assert failed.value.codes == ["FORBIDDEN"]


async def test_entries_are_found_by_channel_campaign_and_time(
    harness: Harness, a_customer, front_line: str
) -> None:
    known, campaign = await a_customer(), str(uuid4())
    for hours, code in ((0, "app"), (1, "sms"), (2, "sms")):
        at = NOON + timedelta(hours=hours)
        await harness.hear(TOUCHPOINT, {**touchpoint(known, at), "channel_code": code})
    closed = {"task_id": str(uuid4()), "customer_id": known, "channel_code": "sms"}
    closed |= {"campaign_id": campaign, "status": "withdrawn"}
    await harness.hear("octoreach.campaign.task.closed.v1", closed, at=NOON + timedelta(hours=3))
    one = (NOON + timedelta(hours=1)).isoformat()
    two = (NOON + timedelta(hours=2)).isoformat()

    async def titles(**asked: Any) -> list[str]:
        return [each["title"] for each in await timeline(harness, front_line, known, **asked)]

    low = "Data ran low at"
    assert await titles(channel="sms") == ["Task withdrawn", f"{low} sms", f"{low} sms"]
    assert await titles(campaign=campaign) == ["Task withdrawn"]
    assert await titles(since=one, until=two) == [f"{low} sms"]
    assert await titles(until=one, channel="app") == [f"{low} app"]
    assert await titles(kinds=["touchpoint"], since=two) == [f"{low} sms"]
    with pytest.raises(GraphFailed) as failed:
        await titles(since=two, until=one)
    assert failed.value.codes == ["REFUSED"]
