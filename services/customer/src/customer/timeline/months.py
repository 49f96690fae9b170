"""The months a timeline is kept in: a partition each."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from customer.timeline.models import PARTITIONS
from kit.models import utcnow
from kit.months import Month, Monthly

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Outside of these, entries share one partition on either side."""
MONTHS: Final = Monthly("timeline_entry", PARTITIONS, lock=0x0C70_714E)


async def make_timeline_partitions(session: AsyncSession) -> None:
    await MONTHS.make_ahead(session, utcnow())


async def make_months(session: AsyncSession, wanted: Iterable[Month]) -> None:
    """A partition for each that has none yet, and may have one."""
    await MONTHS.make(session, [each for each in wanted if EARLIEST <= each.start < LATEST])
