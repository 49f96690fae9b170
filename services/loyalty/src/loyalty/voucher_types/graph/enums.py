"""The words that voucher types choose from, declared before any type speaks of them."""

import strawberry

from loyalty.voucher_types import models

VoucherTypeState = strawberry.enum(
    models.VoucherTypeState,
    description="DRAFT is worth nothing, LIVE is good, ENDED is issued no more: what was issued or "
    "printed before stays good until it expires.",
)
VoucherCoding = strawberry.enum(
    models.VoucherCoding,
    description="SINGLE: one public code that many use. UNIQUE: each voucher has a code of its "
    "own that nobody can guess and that is good once.",
)
VoucherDiscount = strawberry.enum(
    models.VoucherDiscount,
    description="FIXED: a sum of money. PERCENTAGE: a share, rounded down to a whole minor unit. "
    "FREE_PRODUCT: the price of one piece of a product that is in the cart.",
)
VoucherStacking = strawberry.enum(
    models.VoucherStacking,
    description="EXCLUSIVE: never beside another voucher. WITH_OTHERS: beside vouchers of other "
    "groups.",
)
