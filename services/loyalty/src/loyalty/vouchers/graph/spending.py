"""Reserving, redeeming and releasing vouchers, and handing one out."""

from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry

from kit.database import AsyncSession
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, IdempotencyKeyReused, InvalidInput, NotFound
from loyalty.hands import colleague
from loyalty.partners.queries import claimed_partner
from loyalty.vouchers import models, queries, tills
from loyalty.vouchers.commands import freeing, spending
from loyalty.vouchers.graph.asking import ASKERS
from loyalty.vouchers.graph.carts import VoucherCartInput
from loyalty.vouchers.graph.refusals import TooManyWrongCodes, VouchersDoNotApply
from loyalty.vouchers.graph.types import VoucherRedemption

Key: TypeAlias = Annotated[
    str,
    strawberry.argument(
        description="Yours, unique per intent: a repeat gets the first redemption as it is now."
    ),
]
OrderId: TypeAlias = Annotated[
    UUID, strawberry.argument(description="The order they are for; it has its vouchers once.")
]
RedemptionId: TypeAlias = Annotated[
    UUID, strawberry.argument(description="The redemption's identifier.")
]


@strawberry.type(description="All of them are kept for the customer's order.")
class VouchersWereReserved:
    redemption: VoucherRedemption = strawberry.field(description="What to redeem or release.")


@strawberry.type(description="All of them are used.")
class VouchersWereRedeemed:
    redemption: VoucherRedemption = strawberry.field(description="What they took off.")


@strawberry.type(description="All of them may be used again.")
class VouchersWereReleased:
    redemption: VoucherRedemption = strawberry.field(description="What was reserved.")


ReserveVouchersResult: TypeAlias = Annotated[
    VouchersWereReserved
    | VouchersDoNotApply
    | TooManyWrongCodes
    | NotFound
    | InvalidInput
    | IdempotencyKeyReused,
    strawberry.union("ReserveVouchersResult"),
]
RedeemVouchersResult: TypeAlias = Annotated[
    VouchersWereRedeemed
    | VouchersDoNotApply
    | TooManyWrongCodes
    | NotFound
    | Conflict
    | InvalidInput
    | IdempotencyKeyReused,
    strawberry.union("RedeemVouchersResult"),
]
RedeemReservedVouchersResult: TypeAlias = Annotated[
    VouchersWereRedeemed | NotFound | Conflict, strawberry.union("RedeemReservedVouchersResult")
]
ReleaseVouchersResult: TypeAlias = Annotated[
    VouchersWereReleased | NotFound | Conflict, strawberry.union("ReleaseVouchersResult")
]


@strawberry.type
class VouchersMutation:
    @strawberry.mutation(
        description="Keep all codes of a cart for it, or none of them; for a customer themselves, "
        "or for who is in your unit. Partners need the scope vouchers:redeem. What is neither "
        "redeemed nor released in time is free again.",
        extensions=[Roles(*ASKERS)],
    )
    async def reserve_vouchers(
        self,
        info: Info,
        cart: VoucherCartInput,
        idempotency_key: Key,
        seconds: Annotated[
            int, strawberry.argument(description="For how long, 1 to 86,400.")
        ] = 900,
    ) -> ReserveVouchersResult:
        by = info.context.caller.subject

        async def reserve(session: AsyncSession, asked: queries.Cart) -> models.VoucherRedemption:
            return await spending.reserve_vouchers(session, asked, by, seconds=seconds)

        content = {"cart": cart.content(), "seconds": seconds}
        row = await _taken(info, "reserve_vouchers", cart, idempotency_key, content, reserve)
        return VouchersWereReserved(redemption=VoucherRedemption.of(row))

    @strawberry.mutation(
        description="Use what is reserved for its order; a repeat gets the first answer. "
        "Publishes `loyalty.voucher.redeemed` for each.",
        extensions=[Roles("front_line", "operator", "partner")],
    )
    async def redeem_reserved_vouchers(
        self, info: Info, id: RedemptionId, order_id: OrderId
    ) -> RedeemReservedVouchersResult:
        caller = info.context.caller
        partner = claimed_partner(caller)

        async def redeem(session: AsyncSession) -> models.VoucherRedemption:
            return await spending.redeem_reserved(session, id, order_id, caller.subject, partner)

        return VouchersWereRedeemed(redemption=await _settled(info, id, redeem))

    @strawberry.mutation(
        description="Use all codes of a cart for its order, or none of them, in one step. "
        "Publishes `loyalty.voucher.redeemed` for each.",
        extensions=[Roles("front_line", "operator", "partner")],
    )
    async def redeem_vouchers(
        self, info: Info, cart: VoucherCartInput, order_id: OrderId, idempotency_key: Key
    ) -> RedeemVouchersResult:
        by = info.context.caller.subject

        async def redeem(session: AsyncSession, asked: queries.Cart) -> models.VoucherRedemption:
            return await spending.redeem_vouchers(session, asked, by, order_id)

        content = {"cart": cart.content(), "order_id": str(order_id)}
        row = await _taken(info, "redeem_vouchers", cart, idempotency_key, content, redeem)
        return VouchersWereRedeemed(redemption=VoucherRedemption.of(row))

    @strawberry.mutation(
        description="Let go of what is reserved; again changes nothing. Publishes "
        "`loyalty.voucher.released` for each.",
        extensions=[Roles(*ASKERS)],
    )
    async def release_vouchers(self, info: Info, id: RedemptionId) -> ReleaseVouchersResult:
        async def release(session: AsyncSession) -> models.VoucherRedemption:
            return await freeing.release_vouchers(session, id, colleague(info.context.caller))

        return VouchersWereReleased(redemption=await _settled(info, id, release))


async def _taken(
    info: Info,
    operation: str,
    cart: VoucherCartInput,
    key: str,
    content: dict[str, Any],
    take: tills.Take,
) -> models.VoucherRedemption:
    """What `take` makes of the cart, once per caller and key."""
    db, caller = info.context.db, info.context.caller
    await tills.require_open(db, caller)
    customer = await tills.customer_of_today(db, caller, cart.customer_id)
    return await tills.taken(db, caller, operation, key, content, cart.read(customer), take)


async def _settled(info: Info, redemption_id: UUID, settle: tills.Settle) -> VoucherRedemption:
    db, caller = info.context.db, info.context.caller
    await tills.require_open(db, caller)
    return VoucherRedemption.of(await tills.settled(db, caller, redemption_id, settle))
