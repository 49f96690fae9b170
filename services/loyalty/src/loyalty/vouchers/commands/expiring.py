"""Vouchers that were not used in time."""

from datetime import datetime
from typing import Final

from sqlalchemy import text

from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow
from kit.schedules import MORE
from loyalty.voucher_types.commands.counting import Moved, count_vouchers
from loyalty.voucher_types.queries import types_by_id
from loyalty.vouchers.events import VoucherExpired

AT_ONCE: Final = 2_000
EXPIRE: Final = text("""
WITH due AS (
  SELECT id FROM voucher WHERE state = 'open' AND expires_at <= :now
  ORDER BY expires_at LIMIT :most FOR NO KEY UPDATE SKIP LOCKED)
UPDATE voucher SET state = 'expired' FROM due WHERE voucher.id = due.id
RETURNING voucher.id, type_id, customer_id, pooled
""")


async def expire_vouchers(session: AsyncSession, now: datetime | None = None) -> str | None:
    """End what nobody used, so many at once; customers' own are announced."""
    ended = (await session.execute(EXPIRE, {"now": now or utcnow(), "most": AT_ONCE})).all()
    types = await types_by_id(session, (row.type_id for row in ended))
    for row in ended:
        if row.customer_id is not None:
            told = VoucherExpired(
                voucher_id=row.id,
                customer_id=row.customer_id,
                voucher_type_code=types[row.type_id].code,
                voucher_type_name=types[row.type_id].name,
            )
            record(session, told)
    owed = [row for row in ended if row.customer_id is not None or not row.pooled]
    await count_vouchers(session, [Moved(row.type_id, expired=1, outstanding=-1) for row in owed])
    return MORE if len(ended) == AT_ONCE else None
