"""Making vouchers by the hundred thousand: a chunk at a time, so that a kill costs one chunk."""

import time
from typing import Final

from prometheus_client import Counter
from sqlalchemy import text
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput, NotFound
from kit.models import utcnow
from kit.schedules import MORE
from loyalty.voucher_batches.models import MOST_VOUCHERS, VoucherBatch, VoucherBatchState
from loyalty.voucher_batches.queries import batch_to_go_on_with
from loyalty.voucher_types.commands.counting import Moved, count_vouchers
from loyalty.voucher_types.models import VoucherCoding, VoucherTypeState
from loyalty.voucher_types.queries import type_seen
from loyalty.vouchers.codes import new_codes
from loyalty.vouchers.commands.issuing import expiry

log = get_logger(__name__)
CHUNK: Final = 20_000
MAKE: Final = text("""
INSERT INTO voucher (id, created_at, type_id, batch_id, code, pooled, state, expires_at)
SELECT uuidv7(), now(), :type, :batch, code, :pooled, 'open', :expires_at
FROM unnest(CAST(:codes AS text[])) AS code
ON CONFLICT (code) DO NOTHING
""")
vouchers_made = Counter("vouchers_made_total", "Unique voucher codes made in batches.")


async def begin_batch(
    session: AsyncSession, type_code: str, size: int, unit: str, by: str
) -> VoucherBatch:
    """Ask for so many unique codes of a live type; they are made in the background.

    Raises InvalidInput, NotFound and Conflict.
    """
    if not 1 <= size <= MOST_VOUCHERS:
        raise InvalidInput("size", f"is 1 to {MOST_VOUCHERS}")
    terms = await type_seen(session, type_code, unit)
    if terms is None:
        raise NotFound("voucher type", type_code)
    if terms.coding != VoucherCoding.UNIQUE:
        raise Conflict("The voucher type has one public code: there is nothing to make.")
    if terms.state != VoucherTypeState.LIVE:
        raise Conflict(f"The voucher type is {terms.state}, not live.")
    batch = VoucherBatch(
        type_id=terms.id,
        size=size,
        pooled=terms.pooled,
        expires_at=terms.valid_until if terms.pooled else expiry(terms, utcnow()),
        asked_by=by,
    )
    session.add(batch)
    await session.flush()
    return batch


async def make_vouchers(session: AsyncSession) -> str | None:
    """Go on with the oldest batch by one chunk; MORE while any batch is not done."""
    batch = await batch_to_go_on_with(session, VoucherBatchState.MAKING)
    if batch is None:
        return None
    started = time.perf_counter()
    asked = {"type": batch.type_id, "batch": batch.id, "pooled": batch.pooled}
    asked |= {"expires_at": batch.expires_at}
    codes = new_codes(min(CHUNK, batch.size - batch.made))
    inserted = await session.execute(MAKE, asked | {"codes": codes})
    made: int = inserted.rowcount  # type: ignore[attr-defined]
    batch.made += made
    if batch.made == batch.size:
        batch.state, batch.finished_at = VoucherBatchState.DONE, utcnow()
    session.add(batch)
    owed = 0 if batch.pooled else made
    await count_vouchers(session, [Moved(batch.type_id, made=made, outstanding=owed)])
    vouchers_made.inc(made)
    log.info(
        "vouchers_made",
        batch=str(batch.id),
        made=batch.made,
        size=batch.size,
        seconds=round(time.perf_counter() - started, 3),
    )
    return MORE
