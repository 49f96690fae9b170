import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from customer.timeline.commands import make_timeline_partitions, months
from customer.timeline.reactions import HEARD
from kit.models import utcnow
from kit.testing.harness import GraphFailed, Harness

TOUCHPOINT = "octoreach.channel.touchpoint.reported.v1"
TIMELINE = """
query ($id: UUID!, $first: Int!, $after: String, $kinds: [String!]) { customer(id: $id) {
  timeline(first: $first, after: $after, kinds: $kinds) {
    edges { node { id occurredAt kind source title details { name value } } }
    pageInfo { hasNextPage endCursor }
} } }
"""
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def touchpoint(customer_id: str, at: datetime = NOON, kind: str = "data_ran_low") -> dict:
    return {
        "touchpoint_id": str(uuid4()),
        "customer_id": customer_id,
        "kind": kind,
        "channel_code": "app",
        "channel_kind": "app",
        "partner_code": "acme",
        "unit": "hq.zj",
        "occurred_at": at.isoformat(),
        "received_at": at.isoformat(),
        "properties": {"megabytes": 120},
    }


async def timeline(
    harness: Harness, as_: str, id_: str, *, first: int = 100, **more: Any
) -> list[dict]:
    answer = await harness.graph(TIMELINE, as_=as_, id=id_, first=first, **more)
    return [edge["node"] for edge in answer["customer"]["timeline"]["edges"]]


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


IDS = {
    name: str(uuid4())
    for name in (
        "touchpoint_id",
        "task_id",
        "order_id",
        "decision_id",
        "campaign_id",
        "offer_id",
        "conversion_id",
        "posting_id",
        "account_id",
    )
}
REPORTS: dict[str, tuple[dict, str, str]] = {
    "channel.task.progressed": (
        {
            "status": "no_answer",
            "channel_code": "sms",
            "reason": None,
            "by": "p1",
            "occurred_at": NOON,
        },
        "task_progressed",
        "Task no answer at sms",
    ),
    "channel.order.placed": (
        {
            "channel_code": "web",
            "amount_minor": 2985,
            "currency": "USD",
            "lines": [{"product_code": "cd", "quantity": 2, "amount_minor": 2985}],
            "placed_at": NOON,
        },
        "order_placed",
        "Ordered for 29.85 USD",
    ),
    "channel.order.cancelled": (
        {"amount_minor": 2985, "currency": "USD", "cancelled_at": NOON},
        "order_cancelled",
        "Cancelled an order for 29.85 USD",
    ),
    "campaign.decision.made": (
        {"outcome": "held_out", "channel_code": "web", "decided_at": NOON},
        "decision",
        "Left alone as a control",
    ),
    "campaign.task.dispatched": (
        {"campaign_code": "spring", "offer_name": "Spring data", "channel_code": "sms"},
        "task_dispatched",
        "Spring data sent to sms",
    ),
    "campaign.task.closed": (
        {"channel_code": "sms", "status": "fulfilled"},
        "task_closed",
        "Task fulfilled",
    ),
    "campaign.conversion.attributed": (
        {"arm": "treatment", "amount_minor": 9900, "currency": "CNY"},
        "conversion",
        "Converted for 99.00 CNY",
    ),
    "loyalty.points.earned": (
        {"points": 30, "reason": "order", "source_id": "o", "balance": 130},
        "points_earned",
        "Earned 30 points",
    ),
    "loyalty.points.spent": (
        {"points": 30, "reason": "gift", "source_id": "o", "balance": 100},
        "points_spent",
        "Spent 30 points",
    ),
    "loyalty.points.reversed": (
        {"points": 30, "reason": "order cancelled", "source_id": "o", "balance": 70},
        "points_reversed",
        "30 points were taken back",
    ),
    "loyalty.tier.changed": (
        {"version": 2, "from_tier": None, "to_tier": "gold"},
        "tier_changed",
        "Tier is now gold",
    ),
    "loyalty.benefit.fulfilled": (
        {"kind": "red_packet", "points": None, "cost_minor": 500, "currency": "CNY"},
        "benefit_fulfilled",
        "Received red packet",
    ),
    "loyalty.benefit.refused": (
        {"kind": "gift", "reason": "out of stock"},
        "benefit_refused",
        "Gift could not be given",
    ),
}


@pytest.mark.parametrize("name", REPORTS)
async def test_every_report_reads_as_a_line_for_people(
    harness: Harness, a_customer, front_line: str, name: str
) -> None:
    report, kind, title = REPORTS[name]
    known = await a_customer()

    await harness.hear(f"octoreach.{name}.v1", {**IDS, **report, "customer_id": known}, at=NOON)

    [entry] = await timeline(harness, front_line, known)
    assert (entry["kind"], entry["title"]) == (kind, title)
    assert entry["occurredAt"] == "2026-05-01T12:00:00+00:00"
    assert entry["source"] == name.partition(".")[0]


def test_every_kind_of_report_is_tried() -> None:
    tried = {f"octoreach.{name}.v1" for name in REPORTS} | {TOUCHPOINT}

    assert {each.subject for each in HEARD} == tried


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

    told = await timeline(harness, front_line, known, kinds=["tier_changed", "nothing"])

    assert [entry["kind"] for entry in told] == ["tier_changed"]


async def test_what_is_reported_before_the_customer_is_known_is_told_once_they_are(
    harness: Harness, front_line: str
) -> None:
    id_ = str(uuid4())
    await harness.hear(TOUCHPOINT, touchpoint(id_))
    named = {"customer_id": id_, "scheme": "crm", "value": "C-1", "unit": "hq.zj"}

    await harness.hear("octoreach.channel.customer.named.v1", named)

    assert len(await timeline(harness, front_line, id_)) == 1


async def test_a_kind_that_is_no_code_is_refused(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()

    with pytest.raises(GraphFailed) as failed:
        await timeline(harness, front_line, known, kinds=["\0"])

    assert failed.value.codes == ["REFUSED"]


async def test_partners_do_not_read_what_others_did(harness: Harness, a_customer) -> None:
    known = await a_customer()

    with pytest.raises(GraphFailed) as failed:
        await timeline(harness, harness.token("partner", unit="hq.zj"), known)

    assert failed.value.codes == ["FORBIDDEN"]


async def partitions(harness: Harness) -> dict[str, int]:
    statement = text(
        "SELECT tableoid::regclass::text AS month, count(*) AS entries FROM timeline_entry GROUP BY 1"
    )
    async with harness.db.reading() as session:
        return {row.month: row.entries for row in (await session.execute(statement)).all()}


async def test_months_get_partitions_of_their_own_and_what_came_before_moves_in(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    now = utcnow()
    for at in (now, now, datetime(1997, 1, 12, tzinfo=UTC)):
        await harness.hear(TOUCHPOINT, touchpoint(known, at))
    before = await timeline(harness, front_line, known)

    for _ in range(2):
        async with harness.db.transaction() as session:
            await make_timeline_partitions(session)
    await harness.hear(TOUCHPOINT, touchpoint(known, now))

    assert await partitions(harness) == {f"timeline.month_{now:%Y_%m}": 3, "timeline.rest": 1}
    assert before == [
        entry for entry in await timeline(harness, front_line, known) if entry in before
    ]


async def test_partitions_are_made_while_reports_come_in(harness: Harness, a_customer) -> None:
    known = await a_customer()

    async def make() -> None:
        async with harness.db.transaction() as session:
            await make_timeline_partitions(session)

    await asyncio.gather(
        make(), make(), *(harness.hear(TOUCHPOINT, touchpoint(known, utcnow())) for _ in range(20))
    )

    assert sum((await partitions(harness)).values()) == 20


def test_months_follow_one_another_over_the_end_of_a_year() -> None:
    pairs = list(months(datetime(2026, 11, 21, tzinfo=UTC), 2))

    assert [(f"{a:%Y-%m}", f"{b:%Y-%m}") for a, b in pairs] == [
        ("2026-11", "2026-12"),
        ("2026-12", "2027-01"),
        ("2027-01", "2027-02"),
    ]
