"""Where accesses are kept, month by month, and for how long."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text

from customer.accesses.models import PARTITIONS
from customer.settings import settings
from kit.database import AsyncSession
from kit.models import utcnow
from kit.months import Month, Monthly

ACCESSES: Final = Monthly("access", PARTITIONS, lock=0x0C70_ACCE)
UNTIL: Final = text(
    "SELECT relname FROM pg_class WHERE relnamespace = CAST(:schema AS regnamespace) "
    "AND relkind = 'r' AND relname LIKE 'until%'"
)


async def make_access_partitions(session: AsyncSession) -> None:
    await ACCESSES.make_ahead(session, utcnow())


async def forget_old_accesses(session: AsyncSession) -> None:
    """Months go when all in them is as old as settings say, a year at the least; seals never do."""
    horizon = utcnow() - timedelta(days=settings().access_audit_days)
    for stored in await ACCESSES.stored(session):
        if _is_over(stored.month.plus(1), horizon):
            await ACCESSES.drop(session, stored.month)
    for name in (await session.execute(UNTIL, {"schema": PARTITIONS})).scalars().all():
        if _is_over(Month.called(name), horizon):
            await ACCESSES.drop_partition(session, f"{PARTITIONS}.{name}")


def _is_over(end: Month, horizon: datetime) -> bool:
    return end.start <= horizon
