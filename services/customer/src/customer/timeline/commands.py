"""Keeping entries, and a partition ready for each month to come."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from customer.entity import table_of
from customer.timeline.models import PARTITIONS, TimelineEntry
from kit.bulk import insert_new_rows
from kit.models import utcnow

OWN_SOURCE: Final = "customer"
MONTHS_AHEAD: Final = 3
LONGEST_WAIT_SECONDS: Final = 5
LOCK: Final = 0x0C70_714E


async def keep_entries(session: AsyncSession, entries: Sequence[dict[str, Any]]) -> None:
    """Keep what is not kept yet: an entry is known by its event's id."""
    await insert_new_rows(session, table_of(TimelineEntry), entries)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened here, in this service."""

    id: UUID
    customer_id: UUID
    occurred_at: datetime
    kind: str
    title: str
    details: Sequence[Sequence[str]]


async def keep_own_entries(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Keep what this service did itself, in the transaction in which it did it."""
    now = utcnow()
    rows = [{**asdict(each), "source": OWN_SOURCE, "heard_at": now} for each in entries]
    await keep_entries(session, rows)


async def make_timeline_partitions(session: AsyncSession) -> None:
    """A partition for this month and the next ones; what came too early moves in.

    While one is made, whoever writes waits, so that nothing is routed to where it was. If that
    can't be had within seconds, the next turn tries again.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    for month, following in months(utcnow(), MONTHS_AHEAD):
        await _make_partition(session, month, following)


def months(now: datetime, ahead: int) -> Iterator[tuple[datetime, datetime]]:
    """This month and the `ahead` next ones, each with the month that follows it."""
    month = datetime(now.year, now.month, 1, tzinfo=UTC)
    for _ in range(ahead + 1):
        following = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
        yield month, following
        month = following


async def _make_partition(session: AsyncSession, month: datetime, following: datetime) -> None:
    name = f"{PARTITIONS}.month_{month:%Y_%m}"
    there = await session.execute(text("SELECT to_regclass(:name)"), {"name": name})
    if there.scalar_one() is not None:
        return
    within = f"occurred_at >= '{month.isoformat()}' AND occurred_at < '{following.isoformat()}'"
    bounds = f"FROM ('{month.isoformat()}') TO ('{following.isoformat()}')"
    for statement in (
        f"SET LOCAL lock_timeout = '{LONGEST_WAIT_SECONDS}s'",
        "LOCK TABLE timeline_entry",
        f"CREATE TABLE {name} (LIKE timeline_entry INCLUDING ALL)",
        f"WITH moved AS (DELETE FROM {PARTITIONS}.rest WHERE {within} RETURNING *) "  # noqa: S608
        f"INSERT INTO {name} SELECT * FROM moved",
        f"ALTER TABLE timeline_entry ATTACH PARTITION {name} FOR VALUES {bounds}",
    ):
        await session.execute(text(statement))
