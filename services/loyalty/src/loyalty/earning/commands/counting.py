"""What capped rules gave so far, by member and day; only who holds the account counts."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text

from kit.database import AsyncSession


class Counted(NamedTuple):
    """What is to be counted where."""

    customer_id: UUID
    scope: str
    day: date
    points: int


COUNT = text("""
INSERT INTO earning_count AS known (customer_id, scope, day, points, times)
SELECT customer_id, scope, day, sum(points), count(*)
FROM jsonb_to_recordset(CAST(:counted AS jsonb)) AS new (
  customer_id uuid, scope text, day date, points bigint)
GROUP BY customer_id, scope, day ORDER BY customer_id, scope, day
ON CONFLICT (customer_id, scope, day) DO UPDATE
  SET points = known.points + excluded.points, times = known.times + excluded.times
""")

UNCOUNT = text("""
UPDATE earning_count AS known
SET points = known.points - gone.points, times = known.times - gone.times
FROM (
  SELECT customer_id, scope, day, sum(points) AS points, count(*) AS times
  FROM jsonb_to_recordset(CAST(:counted AS jsonb)) AS new (
    customer_id uuid, scope text, day date, points bigint)
  GROUP BY customer_id, scope, day) AS gone
WHERE (known.customer_id, known.scope, known.day) = (gone.customer_id, gone.scope, gone.day)
""")


async def count_given(session: AsyncSession, counted: Sequence[Counted]) -> None:
    """Count what was given. The caller holds the members' accounts."""
    if counted:
        await session.execute(COUNT, {"counted": _as_json(counted)})


async def count_taken_back(session: AsyncSession, counted: Sequence[Counted]) -> None:
    """What was taken back makes room again. The caller holds the members' accounts."""
    if counted:
        await session.execute(UNCOUNT, {"counted": _as_json(counted)})


def _as_json(counted: Sequence[Counted]) -> str:
    return orjson.dumps([each._asdict() for each in counted], default=str).decode()
