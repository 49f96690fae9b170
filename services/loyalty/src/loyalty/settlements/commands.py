"""Booking what partners pay for, and settling the months that are over."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow
from loyalty.settlements.events import PartnerPointsSettled
from loyalty.settlements.models import PartnerPointsSettlement


class PartnerShare(NamedTuple):
    """Points of a posting, and the partner who pays for them; None when the programme does."""

    posting_id: UUID
    partner_code: str | None
    points: int
    unit: str | None = None
    reverses: UUID | None = None


# What is taken back is worth what it was worth when it was given.
BOOK = text("""
INSERT INTO partner_points
  (posting_id, partner_code, unit, month, points, amount_minor, currency)
SELECT new.posting_id, new.partner_code, coalesce(new.unit, original.unit, ''),
       to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM'), new.points,
       new.points * coalesce(original.amount_minor / original.points, point_value_minor),
       coalesce(original.currency, programme.currency)
FROM jsonb_to_recordset(CAST(:shares AS jsonb)) AS new (
  posting_id uuid, partner_code text, points bigint, unit text, reverses uuid)
CROSS JOIN programme
LEFT JOIN partner_points AS original ON original.posting_id = new.reverses
""")

OVER = text("""
SELECT line.partner_code, line.month, line.currency, count(*) AS postings,
       sum(line.points)::bigint AS points, sum(line.amount_minor)::bigint AS amount_minor
FROM partner_points AS line
LEFT JOIN partner_points_settlement AS settled USING (partner_code, month, currency)
WHERE line.month = to_char(
    CAST(:now AS timestamptz) AT TIME ZONE 'UTC' - interval '1 hour' - interval '1 month', 'YYYY-MM')
  AND settled.id IS NULL
GROUP BY line.partner_code, line.month, line.currency
ORDER BY line.partner_code, line.currency
""")


async def book_partner_points(session: AsyncSession, shares: Iterable[PartnerShare]) -> None:
    """Book what partners pay for in the present month; below zero, what was taken back."""
    rows = [each._asdict() for each in shares if each.partner_code is not None and each.points]
    if rows:
        await session.execute(BOOK, {"shares": orjson.dumps(rows, default=str).decode()})


async def settle_partner_points(session: AsyncSession, now: datetime | None = None) -> int:
    """Settle and announce the last month of every partner, each once; how many.

    A month is over an hour after its end: by then whatever was booked in it is committed.
    """
    now = now or utcnow()
    settled = 0
    for row in (await session.execute(OVER, {"now": now})).mappings().all():
        settlement = PartnerPointsSettlement(**row)
        wanted = insert(PartnerPointsSettlement).values(settlement.model_dump())
        fresh = wanted.on_conflict_do_nothing().returning(col(PartnerPointsSettlement.id))
        if (await session.execute(fresh)).first() is not None:
            record(session, PartnerPointsSettled(settlement_id=settlement.id, **row))
            settled += 1
    return settled
