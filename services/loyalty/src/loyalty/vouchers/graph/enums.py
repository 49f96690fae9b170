"""What vouchers are and why they don't apply, declared before any type speaks of it."""

import strawberry

from loyalty.vouchers import models, reasons

VoucherState = strawberry.enum(
    models.VoucherState,
    description="OPEN may be used, RESERVED is kept for an order, REDEEMED was used, EXPIRED was "
    "not used in time, WITHDRAWN is good no more.",
)
VoucherRedemptionState = strawberry.enum(
    models.RedemptionState,
    name="VoucherRedemptionState",
    description="RESERVED until redeemed, released or timed out; CANCELLED with its order.",
)
VoucherUseState = strawberry.enum(
    models.UseState,
    name="VoucherUseState",
    description="RETURNED: given back because the order was cancelled.",
)
VoucherReason = strawberry.enum(
    reasons.VoucherReason,
    description="Why a code takes nothing off. NOT_WITH_OTHERS: it, or one before it, is "
    "exclusive; SAME_GROUP: another one of its group comes before it; NOTHING_LEFT: those before "
    "it leave nothing to take off.",
)
