"""Tables that grow with time: a partition for each month, made before it is needed or when it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from structlog import get_logger

MONTHS_AHEAD: Final = 3
LONGEST_WAIT_SECONDS: Final = 5

# By the catalogue itself: what to_regclass remembers may be older than a lock just got.
_missing = text(
    """
    SELECT name FROM unnest(CAST(:names AS text[])) AS name
    WHERE name NOT IN (
        SELECT relname FROM pg_class
        WHERE relnamespace = CAST(:schema AS regnamespace) AND relname LIKE 'month%'
    )
    """
)
_stored = text(
    """
    SELECT child.relname AS name, CAST(greatest(child.reltuples, 0) AS bigint) AS rows,
        pg_total_relation_size(child.oid) AS bytes
    FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
    WHERE inhparent = CAST(:parent AS regclass) AND child.relname LIKE 'month%'
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

    def plus(self, months: int) -> "Month":
        count = self.year * 12 + self.number - 1 + months
        return Month(count // 12, count % 12 + 1)


def months(now: datetime, ahead: int) -> Iterator[Month]:
    """This month and the `ahead` next ones."""
    return (Month.of(now).plus(number) for number in range(ahead + 1))


@dataclass(frozen=True, slots=True)
class StoredMonth:
    """A month with its size; rows as PostgreSQL estimates them."""

    month: Month
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Monthly:
    """A table partitioned by month, whose partitions lie in a schema of their own."""

    parent: str
    schema: str
    lock: int
    """An advisory lock of its own: two who make the same month take turns."""

    def table(self, month: Month) -> str:
        return f"{self.schema}.{month.name}"

    async def make_ahead(self, session: AsyncSession, now: datetime) -> None:
        """A partition for this month and the next ones."""
        await self.make(session, months(now, MONTHS_AHEAD))

    async def make(self, session: AsyncSession, wanted: Iterable[Month]) -> None:
        """A partition for each that has none yet. Nobody who reads or writes waits for it."""
        asked = set(wanted)
        if not await self._without_partition(session, asked):
            return
        await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": self.lock})
        for month in await self._without_partition(session, asked):
            await self._make(session, month)

    async def stored(self, session: AsyncSession) -> list[StoredMonth]:
        """Oldest first."""
        rows = (await session.execute(_stored, {"parent": self.parent})).all()
        return [StoredMonth(Month.called(row.name), row.rows, row.bytes) for row in rows]

    async def drop(self, session: AsyncSession, month: Month) -> int:
        """Drop the partition; how many rows went. Who reads meanwhile waits, at most seconds."""
        return await self.drop_partition(session, self.table(month))

    async def drop_partition(self, session: AsyncSession, table: str) -> int:
        await session.execute(text(f"SET LOCAL lock_timeout = '{LONGEST_WAIT_SECONDS}s'"))
        await session.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        counted = await session.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
        await session.execute(text(f"ALTER TABLE {self.parent} DETACH PARTITION {table}"))
        await session.execute(text(f"DROP TABLE {table}"))
        rows: int = counted.scalar_one()
        log.info("month_dropped", month=table, rows=rows)
        return rows

    async def _without_partition(
        self, session: AsyncSession, wanted: Iterable[Month]
    ) -> list[Month]:
        named = {each.name: each for each in wanted}
        asked = {"names": list(named), "schema": self.schema}
        found = await session.execute(_missing, asked)
        return sorted(named[name] for name in found.scalars())

    async def _make(self, session: AsyncSession, month: Month) -> None:
        table = self.table(month)
        start, end = month.start.isoformat(), month.plus(1).start.isoformat()
        # Attaching, unlike creating in place, lets others read and write the parent meanwhile.
        for statement in (
            f"CREATE TABLE {table} (LIKE {self.parent} INCLUDING ALL)",
            f"ALTER TABLE {self.parent} ATTACH PARTITION {table} "
            f"FOR VALUES FROM ('{start}') TO ('{end}')",
        ):
            await session.execute(text(statement))
        log.info("month_made", month=table)
