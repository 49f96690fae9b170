"""The operations of a till."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path

from kit.database import AsyncSession, Database
from kit.identity import Caller
from kit.rest import CallerOf, DatabaseOf, IdempotencyKey
from loyalty.accesses.noting import NOTING
from loyalty.partners.queries import claimed_partner
from loyalty.sight import SIGHT
from loyalty.voucher_types.queries import types_by_id
from loyalty.vouchers import models, queries, tills
from loyalty.vouchers.commands import freeing, spending
from loyalty.vouchers.queries import Cart, uses_of
from loyalty.vouchers.rest.requests import (
    VoucherCart,
    VoucherOrder,
    VoucherPurchase,
    VoucherReservation,
)
from loyalty.vouchers.rest.views import QuoteView, VoucherRedemptionView

ROLES: Final = ("partner", "front_line", "operator")
router = APIRouter(tags=["vouchers"])
RedemptionId = Annotated[UUID, Path(description="What the reservation was answered with.")]


@router.post("/v1/vouchers/quote", summary="Ask what vouchers take off")
async def quote_vouchers(caller: CallerOf, database: DatabaseOf, cart: VoucherCart) -> QuoteView:
    """What the cart's codes would take off now, in which order, and why others take nothing off.

    Nothing is kept: reserve them for that. After 20 wrong codes for a customer in an hour, or 300
    at a till, the answer is 429 until the hour is over. Roles: partner, front_line, operator.
    Scope: vouchers:redeem.
    """
    asked = await _cart(database, caller, cart)
    return QuoteView.of(await tills.quoted(database, caller, asked))


@router.post("/v1/vouchers/reserve", status_code=201, summary="Reserve vouchers")
async def reserve_vouchers(
    caller: CallerOf, database: DatabaseOf, key: IdempotencyKey, cart: VoucherReservation
) -> VoucherRedemptionView:
    """Keeps all codes of the cart for it, or none of them: 409 says which take nothing off, and why.

    What is neither redeemed nor released in time is free again. A repeat gets the first redemption
    as it is now. Roles: partner, front_line, operator. Scope: vouchers:redeem.
    """

    async def reserve(session: AsyncSession, asked: Cart) -> models.VoucherRedemption:
        return await spending.reserve_vouchers(session, asked, caller.subject, seconds=cart.seconds)

    return await _taken(database, caller, "reserve_vouchers_rest", key, cart, reserve)


@router.post("/v1/vouchers/redeem", status_code=201, summary="Use vouchers in one step")
async def redeem_vouchers(
    caller: CallerOf, database: DatabaseOf, key: IdempotencyKey, cart: VoucherPurchase
) -> VoucherRedemptionView:
    """Uses all codes of the cart for its order, or none of them.

    409 when some take nothing off, when the order was cancelled, or has had its vouchers. A repeat
    gets the first redemption as it is now. Roles: partner, front_line, operator. Scope:
    vouchers:redeem.
    """

    async def redeem(session: AsyncSession, asked: Cart) -> models.VoucherRedemption:
        return await spending.redeem_vouchers(session, asked, caller.subject, cart.order_id)

    return await _taken(database, caller, "redeem_vouchers_rest", key, cart, redeem)


@router.get("/v1/voucher-redemptions/{redemption_id}", summary="Look a redemption up")
async def read_redemption(
    caller: CallerOf, database: DatabaseOf, redemption_id: RedemptionId
) -> VoucherRedemptionView:
    """What was reserved or redeemed, as it is now.

    404 also for another partner's. Roles: partner, front_line, operator. Scope: vouchers:redeem.
    """
    await _require(database, caller)
    found = await tills.seen(database, caller, redemption_id)
    whole = SIGHT.is_whole(caller)
    await NOTING.note(database, caller, [found.customer_id], ["vouchers"], whole=whole)
    return await _shown(database, found)


@router.post("/v1/voucher-redemptions/{redemption_id}/redeem", summary="Use what is reserved")
async def redeem_reserved(
    caller: CallerOf, database: DatabaseOf, redemption_id: RedemptionId, order: VoucherOrder
) -> VoucherRedemptionView:
    """Uses what is reserved for its order; a repeat gets the first answer.

    409 when it was released, its time has run out, or the order can't have it. Roles: partner,
    front_line, operator. Scope: vouchers:redeem.
    """
    await _require(database, caller)
    partner = claimed_partner(caller)

    async def redeem(session: AsyncSession) -> models.VoucherRedemption:
        return await spending.redeem_reserved(
            session, redemption_id, order.order_id, caller.subject, partner
        )

    return await _shown(database, await tills.settled(database, caller, redemption_id, redeem))


@router.post("/v1/voucher-redemptions/{redemption_id}/release", summary="Release what is reserved")
async def release_vouchers(
    caller: CallerOf, database: DatabaseOf, redemption_id: RedemptionId
) -> VoucherRedemptionView:
    """The vouchers may be used again at once; a repeat changes nothing.

    409 when they were redeemed: cancel the order for that. Roles: partner, front_line, operator.
    Scope: vouchers:redeem.
    """
    await _require(database, caller)

    async def release(session: AsyncSession) -> models.VoucherRedemption:
        return await freeing.release_vouchers(session, redemption_id, caller.subject)

    return await _shown(database, await tills.settled(database, caller, redemption_id, release))


async def _require(database: Database, caller: Caller) -> None:
    caller.require_role(*ROLES)
    await tills.require_open(database, caller)


async def _cart(database: Database, caller: Caller, cart: VoucherCart) -> queries.Cart:
    await _require(database, caller)
    buyer = cart.customer_id or await tills.owner_of(database, caller, cart.codes)
    return cart.cart_of(await tills.customer_of_today(database, caller, buyer))


async def _taken(
    database: Database,
    caller: Caller,
    operation: str,
    key: str,
    cart: VoucherCart,
    take: tills.Take,
) -> VoucherRedemptionView:
    content: Mapping[str, Any] = cart.model_dump(mode="json")
    asked = await _cart(database, caller, cart)
    row = await tills.taken(database, caller, operation, key, content, asked, take)
    return await _shown(database, row)


async def _shown(database: Database, row: models.VoucherRedemption) -> VoucherRedemptionView:
    async with database.reading() as session:
        uses = (await uses_of(session, [row.id]))[row.id]
        types = await types_by_id(session, (each.type_id for each in uses))
    return VoucherRedemptionView.of(row, uses, types)
