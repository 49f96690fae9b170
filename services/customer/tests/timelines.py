"""Timelines as they are told, read and kept, in the words of the tests."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from kit.testing.harness import Harness

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


async def partitions(harness: Harness) -> dict[str, int]:
    statement = text(
        "SELECT tableoid::regclass::text AS month, count(*) AS entries FROM timeline_entry GROUP BY 1"
    )
    async with harness.db.reading() as session:
        return {row.month: row.entries for row in (await session.execute(statement)).all()}


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


async def keep_for(harness: Harness, as_: str, months: int | None, kind: str | None = None) -> Any:
    answer = await harness.graph(SET, as_=as_, months=months, kind=kind)
    return answer["setTimelineRetention"]
