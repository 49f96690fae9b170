"""Limits of earning: what two were given counts against the limits of the one they are."""

from typing import Final
from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession

# Where both have a count of the same, the absorbed's has been set aside.
TOGETHER: Final = text("""
UPDATE earning_count AS own SET points = own.points + CAST(aside ->> 'points' AS bigint),
  times = own.times + CAST(aside ->> 'times' AS bigint)
FROM moved_row
WHERE place = 'earning_count.customer_id' AND owner_id = :survivor AND origin_id = :absorbed
  AND aside IS NOT NULL AND own.customer_id = :survivor
  AND own.scope = aside ->> 'scope' AND own.day = CAST(aside ->> 'day' AS date)
""")
APART: Final = text("""
UPDATE earning_count AS own SET points = greatest(0, own.points - returned.points),
  times = greatest(0, own.times - returned.times)
FROM earning_count AS returned
WHERE own.customer_id = :survivor AND returned.customer_id = :restored
  AND own.scope = returned.scope AND own.day = returned.day
""")


async def count_together(session: AsyncSession, survivor: UUID, absorbed: UUID) -> None:
    await session.execute(TOGETHER, {"survivor": survivor, "absorbed": absorbed})


async def count_apart(session: AsyncSession, survivor: UUID, restored: UUID) -> None:
    """The restored have back what was counted of them; what came since stays counted."""
    await session.execute(APART, {"survivor": survivor, "restored": restored})
