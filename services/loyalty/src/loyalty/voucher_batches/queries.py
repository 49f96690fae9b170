"""How batches of vouchers are looked up, and read code by code."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, page
from kit.units import below
from loyalty.voucher_batches.models import VoucherBatch, VoucherBatchState
from loyalty.voucher_types.models import VoucherType

CODES: Final = text("""
SELECT id, code, state, customer_id IS NOT NULL AS issued, expires_at FROM voucher
WHERE batch_id = :batch AND id > :after ORDER BY id LIMIT :first
""")


async def batches(
    session: AsyncSession, unit: str, type_code: str | None, first: int, after: str | None
) -> Page[VoucherBatch]:
    """Those of a unit's subtree, the newest first."""
    wanted = select(VoucherBatch).where(below(col(VoucherType.unit), unit))
    wanted = wanted.join(VoucherType, col(VoucherType.id) == VoucherBatch.type_id)
    if type_code is not None:
        wanted = wanted.where(VoucherType.code == type_code)
    return await page(session, wanted, [VoucherBatch.id], first=first, after=after)


async def batch_seen(session: AsyncSession, batch_id: UUID, unit: str) -> VoucherBatch | None:
    """A batch; None when there is none in the unit's subtree."""
    wanted = (
        select(VoucherBatch)
        .join(VoucherType, col(VoucherType.id) == VoucherBatch.type_id)
        .where(VoucherBatch.id == batch_id, below(col(VoucherType.unit), unit))
    )
    return (await session.exec(wanted)).first()


async def batch_to_go_on_with(
    session: AsyncSession, state: VoucherBatchState
) -> VoucherBatch | None:
    """The oldest in this state, which nobody else goes on with now."""
    wanted = (
        select(VoucherBatch)
        .where(VoucherBatch.state == state)
        .order_by(col(VoucherBatch.id))
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return (await session.exec(wanted)).first()


async def batch_to_change(session: AsyncSession, batch_id: UUID, unit: str) -> VoucherBatch | None:
    """The same, and nobody else changes it before this transaction ends."""
    found = await batch_seen(session, batch_id, unit)
    if found is not None:
        await session.refresh(found, with_for_update={"key_share": True})
    return found


async def codes_of(session: AsyncSession, batch_id: UUID, after: UUID, first: int) -> Sequence[Any]:
    """The next codes of a batch, in the order they were made."""
    asked = {"batch": batch_id, "after": after, "first": first}
    return (await session.execute(CODES, asked)).all()
