"""The months a timeline is kept in: a partition each, made before it is needed or when it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from structlog import get_logger

from customer.timeline.models import PARTITIONS
from kit.models import utcnow

MONTHS_AHEAD: Final = 3
LONGEST_WAIT_SECONDS: Final = 5
LOCK: Final = 0x0C70_714E
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Outside of these, entries share one partition on either side."""

# By the catalogue itself: what to_regclass remembers may be older than a lock just got.
_missing = text(
    """
    SELECT name FROM unnest(CAST(:names AS text[])) AS name
    WHERE name NOT IN (
        SELECT relname FROM pg_class
        WHERE relnamespace = CAST('timeline' AS regnamespace) AND relname LIKE 'month%'
    )
    """
)
_stored = text(
    """
    SELECT child.relname AS name, CAST(greatest(child.reltuples, 0) AS bigint) AS entries,
        pg_total_relation_size(child.oid) AS bytes
    FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
    WHERE inhparent = CAST('timeline_entry' AS regclass) AND child.relname LIKE 'month%'
    ORDER BY child.relname
    """
)
log = get_logger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month, in UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        moment = moment.astimezone(UTC)
        return cls(moment.year, moment.month)

    @classmethod
    def called(cls, name: str) -> "Month":
        _, year, number = name.split("_")
        return cls(int(year), int(number))

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def name(self) -> str:
        return f"month_{self.year:04}_{self.number:02}"

    @property
    def table(self) -> str:
        return f"{PARTITIONS}.{self.name}"

    def plus(self, months: int) -> "Month":
        count = self.year * 12 + self.number - 1 + months
        return Month(count // 12, count % 12 + 1)


@dataclass(frozen=True, slots=True)
class StoredMonth:
    """A month with its size; entries as PostgreSQL estimates them."""

    month: Month
    entries: int
    bytes: int


def months(now: datetime, ahead: int) -> Iterator[Month]:
    """This month and the `ahead` next ones."""
    return (Month.of(now).plus(number) for number in range(ahead + 1))


async def make_timeline_partitions(session: AsyncSession) -> None:
    """A partition for this month and the next ones."""
    await make_months(session, months(utcnow(), MONTHS_AHEAD))


async def make_months(session: AsyncSession, wanted: Iterable[Month]) -> None:
    """A partition for each that has none yet. Nobody who reads or writes waits for it."""
    usual = {each for each in wanted if EARLIEST <= each.start < LATEST}
    if not await _without_partition(session, usual):
        return
    await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    for month in await _without_partition(session, usual):
        await _make(session, month)


async def stored_months(session: AsyncSession) -> list[StoredMonth]:
    """Oldest first."""
    rows = (await session.execute(_stored)).all()
    return [StoredMonth(Month.called(row.name), row.entries, row.bytes) for row in rows]


async def drop_month(session: AsyncSession, month: Month) -> int:
    """Drop the partition; how many entries went. Who reads meanwhile waits, at most seconds."""
    await session.execute(text(f"SET LOCAL lock_timeout = '{LONGEST_WAIT_SECONDS}s'"))
    await session.execute(text(f"LOCK TABLE {month.table} IN ACCESS EXCLUSIVE MODE"))
    counted = await session.execute(text(f"SELECT count(*) FROM {month.table}"))  # noqa: S608
    await session.execute(text(f"ALTER TABLE timeline_entry DETACH PARTITION {month.table}"))
    await session.execute(text(f"DROP TABLE {month.table}"))
    entries: int = counted.scalar_one()
    log.info("timeline_month_dropped", month=month.table, entries=entries)
    return entries


async def _without_partition(session: AsyncSession, wanted: Iterable[Month]) -> list[Month]:
    named = {each.name: each for each in wanted}
    found = await session.execute(_missing, {"names": list(named)})
    return sorted(named[name] for name in found.scalars())


async def _make(session: AsyncSession, month: Month) -> None:
    start, end = month.start.isoformat(), month.plus(1).start.isoformat()
    # Attaching, unlike creating in place, lets others read and write the parent meanwhile.
    for statement in (
        f"CREATE TABLE {month.table} (LIKE timeline_entry INCLUDING ALL)",
        f"ALTER TABLE timeline_entry ATTACH PARTITION {month.table} "
        f"FOR VALUES FROM ('{start}') TO ('{end}')",
    ):
        await session.execute(text(statement))
    log.info("timeline_month_made", month=month.table)
