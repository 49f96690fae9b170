"""What counts towards tiers: whoever reaches one by it has it at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import delete, text
from sqlmodel import col

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.tiers.commands.rising import RISE, tell_changes
from loyalty.tiers.models import Qualifying, QualifyingPoints

COUNT = text(f"""
WITH fresh AS (
  INSERT INTO qualifying_points (source_id, customer_id, points, qualified_at)
  SELECT source_id, customer_id, points, qualified_at
  FROM jsonb_to_recordset(CAST(:qualifying AS jsonb)) AS new (
    source_id uuid, customer_id uuid, points bigint, qualified_at timestamptz)
  ON CONFLICT (source_id) DO NOTHING
  RETURNING customer_id, points, qualified_at
), counted AS (
  SELECT customer_id, sum(points)::bigint AS points
  FROM (
    SELECT customer_id, points, qualified_at FROM fresh
    UNION ALL
    SELECT customer_id, points, qualified_at FROM qualifying_points
    WHERE customer_id = ANY (ARRAY(SELECT customer_id FROM fresh))
  ) AS old_and_new
  WHERE qualified_at > CAST(:now AS timestamptz) - interval '12 months'
  GROUP BY customer_id
)
{RISE}
""")  # noqa: S608  # nothing comes from outside


async def count_towards_tiers(
    session: AsyncSession, qualifying: Sequence[Qualifying], now: datetime | None = None
) -> None:
    """Count each source once, and raise at once whoever reaches a higher tier by it.

    The caller has moved these customers' points in the same transaction: the lock on their
    accounts keeps two from counting past each other.
    """
    if qualifying:
        rows = orjson.dumps(qualifying, default=str).decode()
        await tell_changes(session, COUNT, {"qualifying": rows, "now": now or utcnow()})


async def count_no_longer(session: AsyncSession, sources: Iterable[UUID]) -> None:
    """What was taken back does not count; nobody falls before their period ends."""
    await session.execute(
        delete(QualifyingPoints).where(col(QualifyingPoints.source_id).in_(sources))
    )
