"""Vouchers become free again: released, timed out, or their order was cancelled."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import Conflict
from kit.events import record
from kit.models import utcnow
from kit.schedules import MORE
from loyalty.accounts.commands import hold_accounts
from loyalty.voucher_types.commands.counting import Moved, count_vouchers, give_back
from loyalty.voucher_types.models import VoucherType
from loyalty.voucher_types.queries import types_by_id
from loyalty.vouchers.commands.spending import hold_orders, locked_redemption
from loyalty.vouchers.events import VoucherReleased
from loyalty.vouchers.models import (
    RedemptionState,
    UseState,
    VoucherRedemption,
    VoucherState,
    VoucherUse,
)
from loyalty.vouchers.queries import uses_of

AT_ONCE: Final = 500
# What is of a batch that was withdrawn meanwhile, or of somebody who is forgotten, is good no more.
OPEN: Final = text("""
UPDATE voucher SET state = CASE WHEN customer_id IS NULL AND EXISTS (
    SELECT FROM voucher_batch AS batch
    WHERE batch.id = voucher.batch_id AND batch.state IN ('withdrawing', 'withdrawn'))
    OR EXISTS (SELECT FROM erased_person WHERE erased_person.id = voucher.customer_id)
  THEN 'withdrawn' ELSE 'open' END
FROM (SELECT id FROM voucher WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE) AS locked
WHERE voucher.id = locked.id RETURNING voucher.type_id, voucher.state
""")


async def release_vouchers(
    session: AsyncSession, redemption_id: UUID, by: str | None = None
) -> VoucherRedemption:
    """Let go of what is reserved; a repeat changes nothing.

    Announces `loyalty.voucher.released`. Raises NotFound, and Conflict when it was redeemed.
    """
    redemption = await locked_redemption(session, redemption_id)
    if redemption.state == RedemptionState.RESERVED:
        redemption.ended_by = by
        await _free(session, [redemption], "released")
    elif redemption.state != RedemptionState.RELEASED:
        raise Conflict(f"The vouchers were {redemption.state} before.")
    return redemption


async def release_vouchers_of(session: AsyncSession, customers: Sequence[UUID]) -> None:
    """Let go of all that is reserved for these customers, whose accounts are held."""
    theirs = (
        select(VoucherRedemption)
        .where(
            col(VoucherRedemption.customer_id).in_(customers),
            VoucherRedemption.state == RedemptionState.RESERVED,
        )
        .order_by(col(VoucherRedemption.id))
        .with_for_update(key_share=True)
    )
    await _free(session, (await session.exec(theirs)).all(), "released")


async def end_voucher_reservations(
    session: AsyncSession, now: datetime | None = None
) -> str | None:
    """Free what was neither redeemed nor released in time, so many at once."""
    due = (
        select(VoucherRedemption)
        .where(
            VoucherRedemption.state == RedemptionState.RESERVED,
            col(VoucherRedemption.reserved_until) <= (now or utcnow()),
        )
        .order_by(col(VoucherRedemption.reserved_until))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = (await session.exec(due)).all()
    await _free(session, found, "timed_out")
    return MORE if len(found) == AT_ONCE else None


async def give_vouchers_back(
    session: AsyncSession, orders: Sequence[UUID], customers: Sequence[UUID]
) -> None:
    """Cancelled orders give back those vouchers whose terms say so; again changes nothing."""
    await hold_accounts(session, customers)
    await hold_orders(session, orders)
    used = (
        select(VoucherRedemption)
        .where(
            col(VoucherRedemption.order_id).in_(orders),
            VoucherRedemption.state == RedemptionState.REDEEMED,
        )
        .order_by(col(VoucherRedemption.id))
        .with_for_update(key_share=True)
    )
    await _free(session, (await session.exec(used)).all(), "order_cancelled")


async def _free(
    session: AsyncSession, redemptions: Sequence[VoucherRedemption], reason: str
) -> None:
    """All at once: first the vouchers, then the limits, each in the order of their ids."""
    if not redemptions:
        return
    uses = await uses_of(session, [each.id for each in redemptions])
    types = await types_by_id(session, (use.type_id for each in uses.values() for use in each))
    cancelled = reason == "order_cancelled"
    freed: list[VoucherUse] = []
    for redemption in redemptions:
        redemption.state = RedemptionState.CANCELLED if cancelled else RedemptionState.RELEASED
        redemption.ended_at = utcnow()
        session.add(redemption)
        for use in uses[redemption.id]:
            terms = types[use.type_id]
            if not cancelled or terms.returns:
                use.state = UseState.RETURNED if cancelled else UseState.RELEASED
                session.add(use)
                freed.append(use)
                record(session, _announcement(redemption, use, terms, reason))
    await session.flush()
    ids = [each.voucher_id for each in freed if each.voucher_id]
    opened = (await session.execute(OPEN, {"ids": ids})).all()
    gone = [row.type_id for row in opened if row.state == VoucherState.WITHDRAWN]
    await count_vouchers(session, [Moved(each, outstanding=-1) for each in gone])
    limited = (each.type_id for each in freed if types[each.type_id].most_redemptions is not None)
    if cancelled:
        await _count(session, [use for each in uses.values() for use in each])
    await give_back(session, Counter(limited))


async def _count(session: AsyncSession, uses: Sequence[VoucherUse]) -> None:
    """A cancelled order costs no discount, also where its voucher is used up."""
    await count_vouchers(
        session,
        [
            Moved(
                use.type_id,
                returned=int(use.state == UseState.RETURNED),
                outstanding=int(use.state == UseState.RETURNED and use.voucher_id is not None),
                discount_minor=-use.discount_minor,
            )
            for use in uses
        ],
    )


def _announcement(
    redemption: VoucherRedemption, use: VoucherUse, terms: VoucherType, reason: str
) -> VoucherReleased:
    return VoucherReleased(
        redemption_id=redemption.id,
        voucher_id=use.voucher_id,
        customer_id=redemption.customer_id,
        voucher_type_code=terms.code,
        voucher_type_name=terms.name,
        order_id=redemption.order_id,
        discount_minor=use.discount_minor,
        currency=redemption.currency,
        reason=reason,
    )
