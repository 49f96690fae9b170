"""Withdrawing a batch whose codes have come into wrong hands, a chunk at a time."""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, NotFound
from kit.models import utcnow
from kit.schedules import MORE
from loyalty.points.commands.spending import REASON_LENGTH, require_words
from loyalty.voucher_batches.models import VoucherBatch, VoucherBatchState
from loyalty.voucher_batches.queries import batch_to_change, batch_to_go_on_with
from loyalty.voucher_types.commands.counting import Moved, count_vouchers

log = get_logger(__name__)
CHUNK: Final = 20_000
FIRST: Final = UUID(int=0)
WITHDRAW: Final = text("""
WITH chunk AS (
  SELECT id FROM voucher WHERE batch_id = :batch AND id > :after
  ORDER BY id LIMIT :most FOR NO KEY UPDATE
), gone AS (
  UPDATE voucher SET state = 'withdrawn' FROM chunk
  WHERE voucher.id = chunk.id AND state = 'open' AND customer_id IS NULL RETURNING voucher.id
)
SELECT (SELECT count(*) FROM gone) AS withdrawn, count(*) AS seen,
  (SELECT id FROM chunk ORDER BY id DESC LIMIT 1) AS upto FROM chunk
""")


async def withdraw_batch(
    session: AsyncSession, batch_id: UUID, unit: str, by: str, reason: str
) -> VoucherBatch:
    """Let none of a batch's codes be good that was not issued or used; again changes nothing.

    Raises InvalidInput, NotFound, and Conflict while it is being made.
    """
    if reason:
        require_words("reason", reason, REASON_LENGTH)
    batch = await batch_to_change(session, batch_id, unit)
    if batch is None:
        raise NotFound("voucher batch", batch_id)
    if batch.state == VoucherBatchState.MAKING:
        raise Conflict(f"{batch.made:,} of {batch.size:,} are made; wait until it is done.")
    if batch.state == VoucherBatchState.DONE:
        batch.state, batch.withdrawn_by = VoucherBatchState.WITHDRAWING, by
        batch.withdrawn_at, batch.withdrawn_because = utcnow(), reason
        session.add(batch)
        await session.flush()
        log.warning("voucher_batch_withdrawn", batch=str(batch_id), by=by, size=batch.size)
    return batch


async def withdraw_batches(session: AsyncSession) -> str | None:
    """Go on with the oldest batch by one chunk; MORE while any is not through."""
    batch = await batch_to_go_on_with(session, VoucherBatchState.WITHDRAWING)
    if batch is None:
        return None
    asked = {"batch": batch.id, "after": batch.withdrawn_upto or FIRST, "most": CHUNK}
    chunk = (await session.execute(WITHDRAW, asked)).one()
    batch.withdrawn += chunk.withdrawn
    if chunk.seen < CHUNK:
        batch.state = VoucherBatchState.WITHDRAWN
    else:
        batch.withdrawn_upto = chunk.upto
    session.add(batch)
    if not batch.pooled:
        await count_vouchers(session, [Moved(batch.type_id, outstanding=-chunk.withdrawn)])
    return MORE
