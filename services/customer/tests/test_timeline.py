import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import text

from customer.timeline import retention
from customer.timeline.months import MONTHS, make_timeline_partitions
from customer.timeline.reactions import HEARD
from kit.database import driver
from kit.models import utcnow
from kit.months import Month, months
from kit.testing.harness import GraphFailed, Harness

TOUCHPOINT = "octoreach.channel.touchpoint.reported.v1"
TIMELINE = """
query ($id: UUID!, $first: Int!, $after: String, $kinds: [String!], $channel: String,
  $campaign: UUID, $since: DateTime, $until: DateTime) { customer(id: $id) {
  timeline(first: $first, after: $after, kinds: $kinds, channelCode: $channel,
    campaignId: $campaign, since: $since, until: $until) {
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
        "redemption_id",
        "fulfilment_id",
        "draw_id",
        "referral_id",
    )
}
REDEMPTION = {
    "reward_code": "mug",
    "title": "A mug",
    "quantity": 2,
    "currency": "points",
    "price": 120,
    "reason": None,
    "at": NOON,
}
FULFILMENT = {
    "attempt": 1,
    "title": "Top-up",
    "quantity": 1,
    "amount_minor": 5_000,
    "currency": "CNY",
    "reward_code": "fifty",
    "partner_code": None,
}
ENDED = {
    "attempt": 1,
    "source_kind": "red_packet",
    "reference": "R-1",
    "reason": "",
    "by": "fang",
    "at": NOON,
}
PACKET = {"code": "spring", "number": 3, "currency": "cash_back", "amount": 250, "held": False}
MOVED = {"points": -30, "reason": "A mug", "source_id": "o", "balance": 70}
REPORTS: dict[str, tuple[dict, str, str]] = {
    "loyalty.redemption.reserved": (
        REDEMPTION,
        "redemption_reserved",
        "2 x A mug kept for 120 points",
    ),
    "loyalty.redemption.confirmed": (
        REDEMPTION,
        "redemption_confirmed",
        "2 x A mug for 120 points",
    ),
    "loyalty.redemption.fulfilled": (REDEMPTION, "redemption_fulfilled", "Has 2 x A mug"),
    "loyalty.redemption.released": (
        REDEMPTION | {"reason": "given_up"},
        "redemption_released",
        "2 x A mug no longer kept: 120 points free again",
    ),
    "loyalty.redemption.failed": (
        REDEMPTION | {"quantity": 1, "reason": "no_voucher"},
        "redemption_failed",
        "A mug could not be handed out: 120 points came back",
    ),
    "loyalty.fulfilment.requested": (
        FULFILMENT,
        "fulfilment_requested",
        "To be handed out: Top-up of 50.00 CNY",
    ),
    "loyalty.fulfilment.recalled": (
        FULFILMENT | {"amount_minor": 0, "currency": ""},
        "fulfilment_recalled",
        "No longer owed: Top-up",
    ),
    "channel.fulfilment.completed": (
        ENDED,
        "fulfilment_completed",
        "Handed out: what a red packet gave",
    ),
    "channel.fulfilment.failed": (
        ENDED | {"reason": "lost"},
        "fulfilment_failed",
        "Could not be handed out: what a red packet gave",
    ),
    "loyalty.lottery.drawn": (
        {"code": "wheel", "outcome": "blank", "prize_code": None},
        "lottery_drawn",
        "Drew a blank in wheel",
    ),
    "loyalty.red_packet.taken": (
        PACKET,
        "red_packet_taken",
        "Took 250 cash_back of a red packet",
    ),
    "loyalty.red_packet.returned": (
        PACKET,
        "red_packet_returned",
        "250 cash_back of a red packet went back",
    ),
    "loyalty.referral.qualified": (
        {"qualified_at": NOON},
        "referral_qualified",
        "Somebody they brought has ordered",
    ),
    "loyalty.referral.disqualified": (
        {"reason": "order_cancelled"},
        "referral_disqualified",
        "Somebody they brought counts no longer",
    ),
    "loyalty.voucher.released": (
        {
            "voucher_type_code": "ten",
            "voucher_type_name": "Ten off",
            "reason": "timed_out",
        },
        "voucher_released",
        "May use Ten off again",
    ),
    "loyalty.points.matured": (
        MOVED | {"points": 30},
        "points_matured",
        "30 points may be spent now",
    ),
    "loyalty.points.locked": (MOVED, "points_locked", "30 points are kept back"),
    "loyalty.points.released": (MOVED, "points_released", "30 points are free again"),
    "loyalty.points.expiring": (
        {"points": 30, "expires_at": "2026-06-01T00:00:00Z"},
        "points_expiring",
        "30 points will expire",
    ),
    "loyalty.achievement.rewarded": (
        {"level_id": str(uuid4()), "kind": "lottery", "reference": "wheel", "many": 3},
        "achievement_rewarded",
        "A level gave a lottery (3)",
    ),
    "loyalty.achievement.withheld": (
        {
            "level_id": str(uuid4()),
            "kind": "reward",
            "reference": "mug",
            "many": 1,
            "reason": "none left",
        },
        "achievement_withheld",
        "A level could not give a reward",
    ),
    "loyalty.account.opened": ({}, "account_opened", "Takes part in loyalty"),
    "campaign.benefit.granted": (
        {"kind": "red_packet", "reference": "spring"},
        "benefit_granted",
        "Was promised: red packet",
    ),
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
        {"points": 30, "reason": "order", "balance": 130, "usable_at": "2026-12-06T08:00:00Z"},
        "points_earned",
        "Earned 30 points, usable from 2026-12-06",
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
    "loyalty.points.returned": (
        {"points": 30, "reason": "returned", "source_id": "o", "balance": 100},
        "points_returned",
        "30 points were given back",
    ),
    "loyalty.points.expired": (
        {"points": 30, "reason": "expired", "source_id": "o", "balance": 70},
        "points_expired",
        "30 points expired",
    ),
    "loyalty.points.adjusted": (
        {"points": -30, "reason": "by hand", "source_id": "o", "balance": 70},
        "points_adjusted",
        "Points adjusted by -30",
    ),
    "loyalty.points.transferred": (
        {"points": -30, "reason": "a gift", "source_id": "o", "balance": 70},
        "points_transferred",
        "30 points went to another",
    ),
    "loyalty.club.joined": (
        {"club_code": "runners", "club_name": "Runners", "how": "asking"},
        "club_joined",
        "Joined the club Runners",
    ),
    "loyalty.club.left": (
        {"club_code": "runners", "club_name": "Runners", "how": "rule"},
        "club_left",
        "Left the club Runners",
    ),
    "loyalty.achievement.reached": (
        {
            "achievement_code": "buyer",
            "achievement_name": "Buyer",
            "level": 2,
            "level_name": "silver",
            "cycle": "",
            "points": 20,
        },
        "achievement_reached",
        "Reached silver of Buyer",
    ),
    "loyalty.achievement.lost": (
        {
            "achievement_code": "buyer",
            "achievement_name": "Buyer",
            "level": 2,
            "level_name": "silver",
            "cycle": "2026-11",
            "points": 0,
        },
        "achievement_lost",
        "Lost silver of Buyer",
    ),
    "loyalty.leaderboard.won": (
        {
            "leaderboard_code": "buyers",
            "leaderboard_name": "Buyers",
            "starts_on": "2026-11-01",
            "rank": 2,
            "score": 30,
            "points": 100,
        },
        "leaderboard_won",
        "Number 2 of Buyers",
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
    "loyalty.voucher.issued": (
        {"voucher_type_code": "ten", "voucher_type_name": "Ten off", "expires_at": None},
        "voucher_issued",
        "Got the voucher Ten off",
    ),
    "loyalty.voucher.redeemed": (
        {
            "voucher_type_code": "ten",
            "voucher_type_name": "Ten off",
            "discount_minor": 1_000,
            "currency": "CNY",
        },
        "voucher_redeemed",
        "Used Ten off: 10.00 CNY off",
    ),
    "loyalty.voucher.expired": (
        {"voucher_type_code": "ten", "voucher_type_name": "Ten off"},
        "voucher_expired",
        "Did not use the voucher Ten off in time",
    ),
    "loyalty.benefit.reversed": (
        {"kind": "points", "reason": "the order was cancelled"},
        "benefit_reversed",
        "The benefit was taken back: points",
    ),
    "loyalty.privilege.given": (
        {"privilege_code": "lounge", "name": "Lounge", "until": "2026-06-01T00:00:00Z"},
        "privilege_given",
        "Has the privilege Lounge",
    ),
    "loyalty.privilege.ended": (
        {"privilege_code": "lounge", "reason": "expired"},
        "privilege_ended",
        "The privilege lounge ended",
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


async def test_how_long_all_timelines_are_kept_is_for_the_whole_organisation_to_say(
    harness: Harness, operator: str
) -> None:
    with pytest.raises(GraphFailed) as failed:
        await keep_for(harness, harness.token("operator", unit="hq.zj"), 1)

    assert failed.value.codes == ["FORBIDDEN"]
    stored = (await harness.graph(STORAGE, as_=operator))["timelineStorage"]
    assert stored["retention"] == []


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


async def test_each_month_lies_by_itself_however_late_it_is_told_of(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    now = utcnow()
    old = datetime(1997, 1, 12, tzinfo=UTC)
    times = (now, old, datetime(1997, 1, 31, 23, 59, tzinfo=UTC), datetime(1997, 2, 1, tzinfo=UTC))

    for at in times:
        await harness.hear(TOUCHPOINT, touchpoint(known, at))

    assert await partitions(harness) == {
        f"timeline.month_{now:%Y_%m}": 1,
        "timeline.month_1997_01": 2,
        "timeline.month_1997_02": 1,
    }
    told = await timeline(harness, front_line, known)
    assert [entry["occurredAt"] for entry in told] == [
        at.isoformat() for at in sorted(times, reverse=True)
    ]


async def test_what_lies_outside_of_all_time_is_kept_apart(harness: Harness, a_customer) -> None:
    known = await a_customer()

    for year in (1, 1969, 2100, 9999):
        await harness.hear(TOUCHPOINT, touchpoint(known, datetime(year, 1, 1, tzinfo=UTC)))

    assert await partitions(harness) == {"timeline.before_1970": 2, "timeline.after_2099": 2}


async def test_old_months_are_made_once_by_however_many_at_once(
    harness: Harness, a_customer
) -> None:
    known = await a_customer()

    await asyncio.gather(
        *(
            harness.hear(TOUCHPOINT, touchpoint(known, datetime(2001, month, 1, tzinfo=UTC)))
            for month in (1, 2, 3) * 4
        )
    )

    found = await partitions(harness)
    assert found == {f"timeline.month_2001_0{month}": 4 for month in (1, 2, 3)}


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
    found = list(months(datetime(2026, 11, 21, tzinfo=UTC), 2))

    assert found == [Month(2026, 11), Month(2026, 12), Month(2027, 1)]
    assert [Month(2026, 1).plus(number) for number in (-1, -13, 0, 11, 12)] == [
        Month(2025, 12),
        Month(2024, 12),
        Month(2026, 1),
        Month(2026, 12),
        Month(2027, 1),
    ]


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


CROWD = """
INSERT INTO timeline_entry (customer_id, occurred_at, id, kind, source, title, details, heard_at)
SELECT gen_random_uuid(), occurred_at, gen_random_uuid(), kind, source, title, details, heard_at
FROM (SELECT DISTINCT ON (occurred_at) * FROM timeline_entry) AS one, generate_series(1, 2000)
"""


async def test_a_page_reads_its_own_entries_and_opens_no_other_month(
    harness: Harness, a_customer, front_line: str
) -> None:
    known = await a_customer()
    start = datetime(2025, 1, 15, tzinfo=UTC)
    for number in range(6):
        for _ in range(8):
            at = start + timedelta(days=31 * number)
            await harness.hear(TOUCHPOINT, touchpoint(known, at))
    async with harness.db.transaction() as session:
        await session.execute(text(CROWD))
        await session.execute(text("ANALYZE timeline_entry"))
    seen: list[tuple[str, Any]] = []
    take_down = lambda asked: seen.append((asked.query, asked.args))  # noqa: E731
    pool = await harness.db.reading_pool()
    async with pool.acquire() as connection:
        connection.add_query_logger(take_down)

    first = await harness.graph(TIMELINE, as_=front_line, id=known, first=5)
    cursor = first["customer"]["timeline"]["pageInfo"]["endCursor"]
    await harness.graph(TIMELINE, as_=front_line, id=known, first=5, after=cursor)
    march = {"since": "2025-03-01T00:00:00Z", "until": "2025-04-01T00:00:00Z"}
    await harness.graph(TIMELINE, as_=front_line, id=known, first=5, **march)

    async with pool.acquire() as connection:
        connection.remove_query_logger(take_down)
    asked = [each for each in seen if "FROM timeline_entry" in each[0]]
    assert [await read_by(harness, *each) for each in asked] == [
        {"month_2025_06": 6},
        {"month_2025_06": 3, "month_2025_05": 3},
        {"month_2025_03": 6},
    ]


async def read_by(harness: Harness, sql: str, values: Any) -> dict[str, int]:
    """The rows a statement reads of each month, by its indexes; other ways of reading fail."""
    async with harness.db.reading() as session:
        connection = await driver(session)
        found = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
    read: dict[str, int] = {}
    todo = [(orjson.loads(found) if isinstance(found, str) else found)[0]["Plan"]]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        if "Relation Name" in node and (rows := round(node["Actual Rows"] * node["Actual Loops"])):
            assert node["Node Type"] == "Index Scan"
            assert node.get("Rows Removed by Filter", 0) == 0
            read[node["Relation Name"]] = rows
    return read


SET = """
mutation ($kind: String, $months: Int) { setTimelineRetention(kind: $kind, months: $months) {
  __typename
  ... on TimelineRetentionWasSet { retention { kind months setBy } }
  ... on InvalidInput { field }
} }
"""
STORAGE = """{ timelineStorage {
  retention { kind months } months { month } removals { month whole complete entries }
} }"""


@pytest.fixture
def operator(harness: Harness) -> str:
    return harness.token("operator", subject="olga")


async def forget(harness: Harness) -> None:
    async with harness.db.transaction() as session:
        await retention.forget_old_entries(session)


async def keep_for(harness: Harness, as_: str, months: int | None, kind: str | None = None) -> Any:
    answer = await harness.graph(SET, as_=as_, months=months, kind=kind)
    return answer["setTimelineRetention"]


def months_ago(number: int) -> datetime:
    return Month.of(utcnow()).plus(-number).start


async def fill(harness: Harness, customer_id: str, *ages: int) -> None:
    """A touchpoint and a change of tier in each of the months."""
    for age in ages:
        at = months_ago(age)
        await harness.hear(TOUCHPOINT, touchpoint(customer_id, at))
        tier = {"customer_id": customer_id, "version": 1, "from_tier": None, "to_tier": "gold"}
        await harness.hear("octoreach.loyalty.tier.changed.v1", tier, at=at)


async def test_what_lies_before_all_months_goes_with_the_retention_that_comes_later(
    harness: Harness, a_customer, operator: str
) -> None:
    known = await a_customer()
    for year in (1, 1969, 2100):
        await harness.hear(TOUCHPOINT, touchpoint(known, datetime(year, 1, 1, tzinfo=UTC)))

    await keep_for(harness, operator, 12, kind="tier_changed")
    await forget(harness)
    still = await partitions(harness)
    await keep_for(harness, operator, 12)
    await forget(harness)

    assert still == {"timeline.before_1970": 2, "timeline.after_2099": 1}
    assert await partitions(harness) == {"timeline.after_2099": 1}


async def test_whole_months_go_when_nothing_in_them_is_kept_any_more(
    harness: Harness, a_customer, front_line: str, operator: str
) -> None:
    known = await a_customer()
    await fill(harness, known, 0, 12, 13, 14)

    await keep_for(harness, operator, 12)
    for _ in range(2):
        await forget(harness)

    assert len(await timeline(harness, front_line, known)) == 4
    stored = (await harness.graph(STORAGE, as_=operator))["timelineStorage"]
    assert stored["removals"] == [
        {"month": f"{months_ago(age):%Y-%m-%d}", "whole": True, "complete": True, "entries": 2}
        for age in (13, 14)
    ]
    assert f"{months_ago(12):%Y-%m-%d}" in [each["month"] for each in stored["months"]]
    assert f"{months_ago(13):%Y-%m-%d}" not in [each["month"] for each in stored["months"]]


async def test_kinds_go_by_themselves_when_others_are_kept_for_longer(
    harness: Harness, a_customer, front_line: str, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "REMOVED_AT_ONCE", 1)
    known = await a_customer()
    await fill(harness, known, 0, 4, 5)
    await keep_for(harness, operator, 3, "touchpoint")

    for _ in range(6):
        await forget(harness)

    told = await timeline(harness, front_line, known)
    assert sorted(entry["kind"] for entry in told) == ["tier_changed"] * 3 + ["touchpoint"]
    stored = (await harness.graph(STORAGE, as_=operator))["timelineStorage"]
    assert stored["removals"] == [
        {"month": f"{months_ago(age):%Y-%m-%d}", "whole": False, "complete": True, "entries": 1}
        for age in (4, 5)
    ]


async def test_a_kind_may_be_kept_for_longer_than_all_others(
    harness: Harness, a_customer, front_line: str, operator: str
) -> None:
    known = await a_customer()
    await fill(harness, known, 5)
    await keep_for(harness, operator, 3)
    await keep_for(harness, operator, 24, "tier_changed")

    await forget(harness)

    told = await timeline(harness, front_line, known)
    assert [entry["kind"] for entry in told] == ["tier_changed"]


async def test_what_is_told_too_late_is_not_kept_and_makes_no_month(
    harness: Harness, a_customer, front_line: str, operator: str
) -> None:
    known = await a_customer()
    await keep_for(harness, operator, 12)

    await fill(harness, known, 12, 13)

    assert len(await timeline(harness, front_line, known)) == 2
    assert set(await partitions(harness)) == {MONTHS.table(Month.of(months_ago(12)))}


async def test_without_a_policy_everything_stays(
    harness: Harness, a_customer, front_line: str, operator: str
) -> None:
    known = await a_customer()
    await fill(harness, known, 0, 200)
    await keep_for(harness, operator, 12)
    answer = await keep_for(harness, operator, None)

    await forget(harness)

    assert answer["retention"] == []
    assert len(await timeline(harness, front_line, known)) == 4


@pytest.mark.parametrize(
    ("months_kept", "kind", "field"),
    [(0, None, "months"), (1_201, None, "months"), (1, "*", "kind")],
)
async def test_a_policy_that_makes_no_sense_is_refused(
    harness: Harness, operator: str, months_kept: int, kind: str | None, field: str
) -> None:
    answer = await keep_for(harness, operator, months_kept, kind)

    assert answer == {"__typename": "InvalidInput", "field": field}
    assert (await harness.graph(STORAGE, as_=operator))["timelineStorage"]["retention"] == []


async def test_only_operators_say_for_how_long(harness: Harness, marketer: str) -> None:
    with pytest.raises(GraphFailed) as failed:
        await keep_for(harness, marketer, 12)

    assert failed.value.codes == ["FORBIDDEN"]
