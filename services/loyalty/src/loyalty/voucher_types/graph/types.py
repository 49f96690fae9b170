"""Voucher types and their figures, as they are shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Context, Info
from kit.graph.scalars import Long, Money, money
from loyalty.voucher_types import models, queries
from loyalty.voucher_types.graph import enums
from loyalty.voucher_types.wording import terms_in_words

COUNTED_FOR: Final = ("marketer", "approver", "analyst", "operator")
STAFF: Final = (*COUNTED_FOR, "front_line")


@strawberry.type(description="What has become of a type's vouchers up to now.")
class VoucherFigures:
    made: Long = strawberry.field(description="Unique codes there are, issued or not.")
    issued: Long = strawberry.field(description="Given to a customer of their own.")
    redeemed: Long = strawberry.field(description="Used for an order, those cancelled since too.")
    returned: Long = strawberry.field(description="Given back because the order was cancelled.")
    expired: Long = strawberry.field(description="Not used in time.")
    outstanding: Long = strawberry.field(
        description="Unique codes that somebody may still use: issued ones, and those printed."
    )
    discount: Money = strawberry.field(description="Taken off orders that stand.")
    liability: Money | None = strawberry.field(
        description="The most that what is outstanding may still take off; null when the terms set "
        "no most, or for a public code."
    )

    @classmethod
    def of(cls, terms: models.VoucherType, counted: queries.Figures) -> Self:
        worth = terms.worth_minor if terms.coding == models.VoucherCoding.UNIQUE else None
        owed = None if worth is None else money(counted.outstanding * worth, terms.currency)
        return cls(
            made=Long(counted.made),
            issued=Long(counted.issued),
            redeemed=Long(counted.redeemed),
            returned=Long(counted.returned),
            expired=Long(counted.expired),
            outstanding=Long(counted.outstanding),
            discount=money(counted.discount_minor, terms.currency),
            liability=owed,
        )


async def figures_of(context: Context, types: Sequence[UUID]) -> Sequence[queries.Figures]:
    """For a loader: what has become of each type's vouchers."""
    async with context.db.reading() as session:
        found = await queries.figures(session, types)
    return [found.get(each, queries.Figures()) for each in types]


@strawberry.type(description="On which terms vouchers take something off an order.")
class VoucherType:
    row: strawberry.Private[models.VoucherType]
    id: UUID = strawberry.field(description="Its identifier.")
    code: str = strawberry.field(description="Its name for programs.")
    name: str = strawberry.field(description="Its name for customers.")
    words: str = strawberry.field(description="What it takes off and when, in words.")
    unit: str = strawberry.field(description="For customers of this unit's subtree.")
    state: models.VoucherTypeState = strawberry.field(description="Whether it is good.")
    coding: models.VoucherCoding = strawberry.field(description="One code for many, or one each.")
    discount: models.VoucherDiscount = strawberry.field(description="What it takes off.")
    currency: str = strawberry.field(description="For carts in this currency, ISO 4217.")
    amount: Money | None = strawberry.field(description="Of a FIXED one: how much.")
    basis_points: int | None = strawberry.field(
        description="Of a PERCENTAGE: how much, in hundredths of a percent."
    )
    most: Money | None = strawberry.field(description="The most it takes off; null for no most.")
    free_product: str | None = strawberry.field(description="Of a FREE_PRODUCT: its code.")
    lowest_order: Money = strawberry.field(
        description="The cart has to come to as much before anything is taken off."
    )
    products: list[str] = strawberry.field(
        description="It is taken off lines with these products alone; empty for all."
    )
    excluded_products: list[str] = strawberry.field(description="Never off these products.")
    valid_from: datetime | None = strawberry.field(description="Good from then on.")
    valid_until: datetime | None = strawberry.field(description="Good until then.")
    days_valid: int | None = strawberry.field(description="Good for so many days from its issue.")
    stacking: models.VoucherStacking = strawberry.field(description="Beside others or not.")
    stack_group: str = strawberry.field(description="Of one group, only one counts.")
    priority: int = strawberry.field(
        description="The highest comes first; at the same, free products, then percentages, then "
        "fixed sums."
    )
    most_redemptions: Long | None = strawberry.field(description="How often in all; exact.")
    most_per_customer: int | None = strawberry.field(description="How often by one customer.")
    lowest_tier: str | None = strawberry.field(description="From this tier on.")
    segments: list[str] = strawberry.field(description="For these segments; empty for all.")
    partners: list[str] = strawberry.field(
        description="Of partners, the tills of these alone accept it, by code; empty: of all."
    )
    pooled: bool = strawberry.field(description="Issued from batches alone.")
    by_hand: bool = strawberry.field(description="Whether the front line may hand one out.")
    returns: bool = strawberry.field(description="Whether a cancelled order gives it back.")
    activated_at: datetime | None = strawberry.field(description="Since when it is live.")
    ended_at: datetime | None = strawberry.field(description="When it was ended.")

    @strawberry.field(description="The public code of a SINGLE one.", extensions=[Roles(*STAFF)])
    def single_code(self) -> str | None:
        return self.row.single_code

    @strawberry.field(description="Who wrote it.", extensions=[Roles(*COUNTED_FOR)])
    def drafted_by(self) -> str | None:
        return self.row.drafted_by

    @strawberry.field(description="Who let it be good.", extensions=[Roles(*COUNTED_FOR)])
    def activated_by(self) -> str | None:
        return self.row.activated_by

    @strawberry.field(
        description="What has become of its vouchers; null for a type of a unit above yours.",
        extensions=[Roles(*COUNTED_FOR)],
    )
    async def figures(self, info: Info) -> VoucherFigures | None:
        if not info.context.caller.sees(self.unit):
            return None
        counted = await info.context.loader(figures_of).load(self.id)
        return VoucherFigures.of(self.row, counted)

    @classmethod
    def of(cls, row: models.VoucherType) -> Self:
        plain = {name: getattr(row, name) for name in PLAIN}
        return cls(
            row=row,
            **plain,
            words=terms_in_words(row),
            state=enums.VoucherTypeState(row.state),
            coding=enums.VoucherCoding(row.coding),
            discount=enums.VoucherDiscount(row.discount),
            stacking=enums.VoucherStacking(row.stacking),
            amount=_some(row.amount_minor, row.currency),
            most=_some(row.most_minor, row.currency),
            lowest_order=money(row.lowest_order_minor, row.currency),
        )


PLAIN: Final = (
    "id", "code", "name", "unit", "currency", "basis_points", "free_product", "products",
    "excluded_products", "valid_from", "valid_until", "days_valid", "stack_group", "priority",
    "most_redemptions", "most_per_customer", "lowest_tier", "segments", "partners", "pooled", "by_hand",
    "returns", "activated_at", "ended_at",
)  # fmt: skip


def _some(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else money(minor, currency)
