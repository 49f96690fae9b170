"""Scores are what deeds add up to: added as they come, or summed anew where they changed."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text

from kit.database import AsyncSession
from loyalty.leaderboards.models import SLOT_SECONDS, Leaderboard
from loyalty.leaderboards.queries import open_leaderboards


class Place(NamedTuple):
    """One member in one period of one leaderboard."""

    code: str
    starts_on: date
    customer_id: UUID


_ROWS = """jsonb_to_recordset(CAST(:sums AS jsonb)) AS new (code text, starts_on date,
  customer_id uuid, amount bigint, last_at timestamptz, slot_seconds int)"""

ADD = text(f"""
INSERT INTO leaderboard_score AS known (code, starts_on, customer_id, score, last_at, lot, slot)
SELECT code, starts_on, customer_id, amount, last_at,
  hashtextextended(customer_id::text || code || starts_on, 0),
  CASE WHEN amount < 64 THEN floor(extract(epoch FROM last_at) / slot_seconds) ELSE 0 END
FROM {_ROWS} ORDER BY code, starts_on, customer_id
ON CONFLICT (code, starts_on, customer_id) DO UPDATE
SET score = known.score + excluded.score, last_at = greatest(known.last_at, excluded.last_at),
    slot = CASE WHEN known.score + excluded.score < 64 THEN floor(extract(epoch FROM
      greatest(known.last_at, excluded.last_at)) / (
        SELECT slot_seconds FROM {_ROWS} WHERE new.code = known.code LIMIT 1)) ELSE 0 END
""")  # noqa: S608  # nothing comes from outside

_PLACES = """jsonb_to_recordset(CAST(:places AS jsonb)) AS place (code text, starts_on date,
  customer_id uuid)"""

CLEAR = text(f"""
DELETE FROM leaderboard_score USING {_PLACES}
WHERE (leaderboard_score.code, leaderboard_score.starts_on, leaderboard_score.customer_id)
    = (place.code, place.starts_on, place.customer_id)
""")  # noqa: S608

SUM = text(f"""
SELECT code, starts_on, customer_id, sum(amount)::bigint AS amount, max(at) AS at
FROM {_PLACES} JOIN leaderboard_deed USING (code, starts_on, customer_id)
WHERE NOT taken_back GROUP BY code, starts_on, customer_id
""")  # noqa: S608


async def add_up(
    session: AsyncSession, boards: dict[str, Leaderboard], deeds: Iterable[Any]
) -> None:
    """Add deeds up, and add that to the scores."""
    sums: dict[Place, dict[str, Any]] = {}
    for row in deeds:
        place = Place(row.code, row.starts_on, row.customer_id)
        known = sums.setdefault(
            place,
            {
                **place._asdict(),
                "amount": 0,
                "last_at": row.at,
                "slot_seconds": SLOT_SECONDS[boards[row.code].span],
            },
        )
        known["amount"] += row.amount
        known["last_at"] = max(known["last_at"], row.at)
    if sums:
        rows = orjson.dumps(list(sums.values()), default=str).decode()
        await session.execute(ADD, {"sums": rows})


async def sum_anew(session: AsyncSession, places: Sequence[Place]) -> None:
    """Let the scores at these places be what their deeds add up to."""
    if not places:
        return
    boards = {each.code: each for each in await open_leaderboards(session)}
    rows = orjson.dumps([each._asdict() for each in set(places)], default=str).decode()
    await session.execute(CLEAR, {"places": rows})
    await add_up(session, boards, (await session.execute(SUM, {"places": rows})).all())
