"""What capped rules gave so far, by member and day; only who holds the account counts."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text

from kit.database import AsyncSession


class Counted(NamedTuple):
    """What is to be counted where; below zero, what was taken back."""

    customer_id: UUID
    scope: str
    day: date
    points: int
    times: int


COUNT = text("""
INSERT INTO earning_count AS known (customer_id, scope, day, points, times)
SELECT customer_id, scope, day, sum(points), sum(times)
FROM jsonb_to_recordset(CAST(:counted AS jsonb)) AS new (
  customer_id uuid, scope text, day date, points bigint, times bigint)
GROUP BY customer_id, scope, day ORDER BY customer_id, scope, day
ON CONFLICT (customer_id, scope, day) DO UPDATE
  SET points = known.points + excluded.points, times = known.times + excluded.times
""")


async def count_given(session: AsyncSession, counted: Sequence[Counted]) -> None:
    """Count what was given or taken back. The caller holds the members' accounts."""
    if counted:
        rows = [each._asdict() for each in counted]
        await session.execute(COUNT, {"counted": orjson.dumps(rows, default=str).decode()})
