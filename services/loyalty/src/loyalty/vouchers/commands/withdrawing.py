"""Withdrawing vouchers: what they were issued for has come to nothing."""

from collections import Counter
from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from kit.database import AsyncSession
from loyalty.voucher_types.commands.counting import Moved, count_vouchers

WITHDRAW: Final = text("""
UPDATE voucher SET state = 'withdrawn' FROM (
  SELECT id FROM voucher WHERE source_kind = :kind AND source_id = ANY (:sources)
    AND state = 'open' ORDER BY id FOR UPDATE
) AS unused
WHERE voucher.id = unused.id AND state = 'open' RETURNING type_id, source_id
""").bindparams(bindparam("sources", type_=ARRAY(Uuid)))


async def withdraw_vouchers(
    session: AsyncSession, source_kind: str, source_ids: Collection[UUID]
) -> set[UUID]:
    """Nobody can use what was issued for these sources; those of them of which that is so now.

    What is reserved or redeemed stays.
    """
    asked = {"kind": source_kind, "sources": sorted(source_ids)}
    rows = (await session.execute(WITHDRAW, asked)).all()
    types = Counter(row.type_id for row in rows)
    await count_vouchers(session, [Moved(each, outstanding=-types[each]) for each in sorted(types)])
    return {row.source_id for row in rows}
