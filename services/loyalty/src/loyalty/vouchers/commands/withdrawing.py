"""Withdrawing vouchers: what they were issued for has come to nothing."""

from collections import Counter
from collections.abc import Collection, Iterable
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


UNUSED: Final = text("""
SELECT count(*) FROM (
  SELECT id FROM voucher WHERE source_kind = :kind AND source_id = :source AND state = 'open'
  ORDER BY id FOR UPDATE
) AS unused
""")
OF_CUSTOMERS: Final = text("""
UPDATE voucher SET state = 'withdrawn' FROM (
  SELECT id FROM voucher WHERE customer_id = ANY (:customers) AND state = 'open'
  ORDER BY id FOR UPDATE
) AS unused
WHERE voucher.id = unused.id AND state = 'open' RETURNING type_id
""").bindparams(bindparam("customers", type_=ARRAY(Uuid)))


async def withdraw_vouchers(
    session: AsyncSession, source_kind: str, source_ids: Collection[UUID]
) -> set[UUID]:
    """Nobody can use what was issued for these sources; those of them of which that is so now.

    What is reserved or redeemed stays.
    """
    asked = {"kind": source_kind, "sources": sorted(source_ids)}
    rows = (await session.execute(WITHDRAW, asked)).all()
    await _owe_less(session, (row.type_id for row in rows))
    return {row.source_id for row in rows}


async def withdraw_if_unused(
    session: AsyncSession, source_kind: str, source_id: UUID, many: int
) -> bool:
    """Withdraw all that was issued for this source, or nothing if any of it is in use."""
    unused = await session.scalar(UNUSED, {"kind": source_kind, "source": source_id})
    if unused != many:
        return False
    await withdraw_vouchers(session, source_kind, [source_id])
    return True


async def withdraw_vouchers_of(session: AsyncSession, customers: Iterable[UUID]) -> None:
    """Nobody can use what these customers have and have not used; again changes nothing."""
    rows = await session.execute(OF_CUSTOMERS, {"customers": sorted(customers)})
    await _owe_less(session, rows.scalars())


async def _owe_less(session: AsyncSession, types: Iterable[UUID]) -> None:
    gone = Counter(types)
    await count_vouchers(session, [Moved(each, outstanding=-gone[each]) for each in sorted(gone)])
