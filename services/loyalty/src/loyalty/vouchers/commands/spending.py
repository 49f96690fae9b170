"""Spending vouchers: reserve first, then redeem or release; or redeem in one step."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import text, update
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput, NotFound
from kit.events import record
from kit.models import utcnow
from loyalty.accounts.commands import hold_accounts
from loyalty.voucher_types.commands.counting import Moved, count_vouchers, take
from loyalty.voucher_types.models import VoucherType
from loyalty.voucher_types.queries import types_by_id
from loyalty.vouchers.errors import VoucherRefused, VouchersDoNotApply
from loyalty.vouchers.events import VoucherRedeemed
from loyalty.vouchers.models import (
    RedemptionState,
    UseState,
    Voucher,
    VoucherRedemption,
    VoucherState,
    VoucherUse,
)
from loyalty.vouchers.queries import (
    Cart,
    Quote,
    bars_order,
    candidates,
    reckon,
    redemption,
    uses_of,
)
from loyalty.vouchers.reasons import VoucherReason

vouchers_redeemed = Counter("vouchers_redeemed_total", "Vouchers used for an order.")
vouchers_refused = Counter(
    "vouchers_refused_total", "Codes that were to be used and take nothing off.", ["reason"]
)
LONGEST_SECONDS: Final = 24 * 3600
# Orders share a thousand locks, so that a batch of cancellations can't take all there are.
ONE_AT_A_TIME: Final = text("""
SELECT pg_advisory_xact_lock(:class, place) FROM (
  SELECT DISTINCT hashtext(CAST(each AS text)) & 1023 AS place
  FROM unnest(CAST(:orders AS uuid[])) AS each ORDER BY place) AS taken
""")
ORDERS: Final = 0x0C70_70D3


async def reserve_vouchers(
    session: AsyncSession, cart: Cart, by: str, *, seconds: int
) -> VoucherRedemption:
    """Keep all vouchers of a cart for it, or none; after so many seconds they are free again.

    Raises InvalidInput, NotFound and VouchersDoNotApply.
    """
    if not 0 < seconds <= LONGEST_SECONDS:
        raise InvalidInput("seconds", f"are between 1 and {LONGEST_SECONDS}")
    await hold_accounts(session, [cart.customer_id])
    until = utcnow() + timedelta(seconds=seconds)
    return await _take(session, cart, by, until)


async def redeem_vouchers(
    session: AsyncSession, cart: Cart, by: str, order_id: UUID
) -> VoucherRedemption:
    """Use all vouchers of a cart for its order, or none. Announces `loyalty.voucher.redeemed`.

    Raises NotFound, VouchersDoNotApply, and Conflict for an order that was cancelled, is
    another customer's or has had its vouchers.
    """
    await hold_accounts(session, [cart.customer_id])
    await hold_orders(session, [order_id])
    await _require_order(session, order_id, cart.customer_id)
    return await _redeem(session, await _take(session, cart, by, utcnow()), order_id, by)


async def redeem_reserved(
    session: AsyncSession, redemption_id: UUID, order_id: UUID, by: str, partner: str | None = None
) -> VoucherRedemption:
    """Use what is reserved for an order, at a partner's till or ours; a repeat gets the first answer.

    Raises NotFound, and Conflict when it was released, its time has run out, or the order can't
    have it.
    """
    found = await redemption(session, redemption_id)
    if found is None:
        raise NotFound("voucher redemption", redemption_id)
    await hold_accounts(session, [found.customer_id])
    await hold_orders(session, [order_id])
    kept = await locked_redemption(session, redemption_id)
    if kept.state == RedemptionState.REDEEMED and kept.order_id == order_id:
        return kept
    if kept.state != RedemptionState.RESERVED:
        raise Conflict(f"The vouchers were {kept.state} before.")
    if kept.reserved_until is not None and kept.reserved_until <= utcnow():
        raise Conflict("The time for which the vouchers were reserved has run out.")
    await _require_order(session, order_id, kept.customer_id)
    kept.partner_code = kept.partner_code or partner
    return await _redeem(session, kept, order_id, by)


async def locked_redemption(session: AsyncSession, redemption_id: UUID) -> VoucherRedemption:
    """A redemption that nobody else changes before this transaction ends; or NotFound."""
    wanted = (
        select(VoucherRedemption)
        .where(VoucherRedemption.id == redemption_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = (await session.exec(wanted)).first()
    if found is None:
        raise NotFound("voucher redemption", redemption_id)
    return found


async def hold_orders(session: AsyncSession, orders: Iterable[UUID]) -> None:
    """Whoever redeems vouchers for these orders, or hears that they are cancelled, takes turns.

    Customers are held before their orders.
    """
    await session.execute(ONE_AT_A_TIME, {"class": ORDERS, "orders": list(orders)})


async def _require_order(session: AsyncSession, order_id: UUID, customer_id: UUID) -> None:
    """An order has its vouchers once, so that they all keep to the rules of stacking."""
    if barrier := await bars_order(session, order_id, customer_id):
        raise Conflict(barrier)
    other = select(VoucherRedemption.id).where(VoucherRedemption.order_id == order_id)
    if (await session.exec(other)).first() is not None:
        raise Conflict("Vouchers were redeemed for this order before.")


async def _take(session: AsyncSession, cart: Cart, by: str, until: datetime) -> VoucherRedemption:
    found = await candidates(session, cart.codes, locked=True)
    quoted = await reckon(session, cart, found, utcnow())
    refused = list(quoted.refused)
    types = {each.terms.id: 1 for each in quoted.applied}
    used_up = set() if refused else await take(session, types)
    refused += [
        VoucherRefused(each.code, VoucherReason.USED_UP)
        for each in quoted.applied
        if each.terms.id in used_up
    ]
    if refused:
        for each in refused:
            vouchers_refused.labels(each.reason).inc()
        raise VouchersDoNotApply(refused)
    taken = VoucherRedemption(
        customer_id=cart.customer_id,
        unit=quoted.unit,
        state=RedemptionState.RESERVED,
        currency=cart.currency,
        order_minor=cart.amount_minor,
        discount_minor=quoted.discount_minor,
        reserved_until=until,
        by=by,
        partner_code=cart.partner,
    )
    session.add(taken)
    await session.flush()
    await _keep_uses(session, taken, quoted)
    return taken


async def _keep_uses(session: AsyncSession, redemption: VoucherRedemption, quoted: Quote) -> None:
    session.add_all(
        VoucherUse(
            redemption_id=redemption.id,
            place=place,
            type_id=each.terms.id,
            voucher_id=each.voucher.id if each.voucher else None,
            state=UseState.RESERVED,
            discount_minor=each.off.discount_minor,
            lines=list(each.off.lines),
        )
        for place, each in enumerate(quoted.applied)
    )
    await session.flush()
    await _turn(session, [e.voucher.id for e in quoted.applied if e.voucher], VoucherState.RESERVED)


async def _redeem(
    session: AsyncSession, redemption: VoucherRedemption, order_id: UUID, by: str
) -> VoucherRedemption:
    redemption.state, redemption.order_id = RedemptionState.REDEEMED, order_id
    redemption.redeemed_at, redemption.redeemed_by = utcnow(), by
    session.add(redemption)
    uses = (await uses_of(session, [redemption.id]))[redemption.id]
    types = await types_by_id(session, (each.type_id for each in uses))
    for each in uses:
        each.state = UseState.REDEEMED
        session.add(each)
        record(session, _announcement(redemption, each, types[each.type_id], order_id))
    await session.flush()
    await _turn(session, [e.voucher_id for e in uses if e.voucher_id], VoucherState.REDEEMED)
    await count_vouchers(
        session,
        [
            Moved(
                each.type_id,
                redeemed=1,
                outstanding=-int(each.voucher_id is not None),
                discount_minor=each.discount_minor,
            )
            for each in uses
        ],
    )
    vouchers_redeemed.inc(len(uses))
    return redemption


async def _turn(session: AsyncSession, vouchers: Sequence[UUID], state: VoucherState) -> None:
    if vouchers:
        chosen = col(Voucher.id).in_(vouchers)
        await session.execute(update(Voucher).where(chosen).values(state=state))


def _announcement(
    redemption: VoucherRedemption, use: VoucherUse, terms: VoucherType, order_id: UUID
) -> VoucherRedeemed:
    return VoucherRedeemed(
        redemption_id=redemption.id,
        voucher_id=use.voucher_id,
        customer_id=redemption.customer_id,
        unit=redemption.unit,
        voucher_type_code=terms.code,
        voucher_type_name=terms.name,
        order_id=order_id,
        discount_minor=use.discount_minor,
        currency=redemption.currency,
        partner_code=redemption.partner_code,
    )
