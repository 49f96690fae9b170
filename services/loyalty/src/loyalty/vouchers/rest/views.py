"""What a till is told of vouchers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from loyalty.voucher_types.models import VoucherType
from loyalty.vouchers import models, queries
from loyalty.vouchers.errors import VoucherRefused
from loyalty.vouchers.models import RedemptionState, UseState
from loyalty.vouchers.reasons import VoucherReason


class AppliedView(BaseModel):
    """A code that takes something off."""

    code: str = Field(description="As it was sent.")
    voucher_type: str = Field(description="The code of its terms.")
    name: str = Field(description="Its name, for customers.")
    discount_minor: int = Field(description="What it takes off in all.")
    lines: list[int] = Field(description="Off each line of the cart; adds up to it.")

    @classmethod
    def of(cls, quoted: queries.Quoted) -> Self:
        return cls(
            code=quoted.code,
            voucher_type=quoted.terms.code,
            name=quoted.terms.name,
            discount_minor=quoted.off.discount_minor,
            lines=list(quoted.off.lines),
        )


class RefusedView(BaseModel):
    """A code that takes nothing off."""

    code: str = Field(description="As it was sent.")
    reason: VoucherReason = Field(description="Why, for programs.")
    message: str = Field(description="Why, for people.")

    @classmethod
    def of(cls, refused: VoucherRefused) -> Self:
        return cls(code=refused.code, reason=refused.reason, message=refused.message)


class QuoteView(BaseModel):
    """What the codes of a cart would take off now; nothing is kept."""

    customer_id: UUID = Field(description="Who buys.")
    currency: str = Field(description="Of all amounts, ISO 4217.")
    order_minor: int = Field(description="What the cart comes to before them.")
    discount_minor: int = Field(description="What they take off together.")
    total_minor: int = Field(description="What is left to pay; never negative.")
    applied: list[AppliedView] = Field(description="In the order they count.")
    refused: list[RefusedView] = Field(description="Those that take nothing off.")

    @classmethod
    def of(cls, quote: queries.Quote) -> Self:
        cart = quote.cart
        return cls(
            customer_id=cart.customer_id,
            currency=cart.currency,
            order_minor=cart.amount_minor,
            discount_minor=quote.discount_minor,
            total_minor=cart.amount_minor - quote.discount_minor,
            applied=[AppliedView.of(each) for each in quote.applied],
            refused=[RefusedView.of(each) for each in quote.refused],
        )


class UseView(BaseModel):
    """What one voucher took off."""

    voucher_type: str = Field(description="The code of its terms.")
    name: str = Field(description="Its name, for customers.")
    state: UseState = Field(description="reserved, redeemed, released or returned.")
    discount_minor: int = Field(description="What it took off in all.")
    lines: list[int] = Field(description="Off each line of the cart; adds up to it.")


class VoucherRedemptionView(BaseModel):
    """Vouchers used together for one order: all of them, or none."""

    id: UUID = Field(description="What to redeem or release.")
    state: RedemptionState = Field(description="reserved, redeemed, released or cancelled.")
    customer_id: UUID = Field(description="Who buys.")
    currency: str = Field(description="Of all amounts, ISO 4217.")
    order_minor: int = Field(description="What the cart comes to before them.")
    discount_minor: int = Field(description="What they take off together.")
    total_minor: int = Field(description="What is left to pay; never negative.")
    reserved_until: datetime | None = Field(description="Reserved ones are free again then.")
    order_id: UUID | None = Field(description="The order, once they are redeemed.")
    redeemed_at: datetime | None = Field(description="When they were.")
    ended_at: datetime | None = Field(description="When released or cancelled.")
    vouchers: list[UseView] = Field(description="Each voucher, in the order they count.")

    @classmethod
    def of(
        cls,
        row: models.VoucherRedemption,
        uses: Sequence[models.VoucherUse],
        types: Mapping[UUID, VoucherType],
    ) -> Self:
        plain = cls.model_fields.keys() & type(row).model_fields.keys()
        return cls(
            **{name: getattr(row, name) for name in plain},
            total_minor=row.order_minor - row.discount_minor,
            vouchers=[
                UseView(
                    voucher_type=types[each.type_id].code,
                    name=types[each.type_id].name,
                    state=UseState(each.state),
                    discount_minor=each.discount_minor,
                    lines=each.lines,
                )
                for each in uses
            ],
        )
