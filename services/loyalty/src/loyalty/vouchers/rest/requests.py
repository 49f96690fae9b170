"""What a till sends: a cart and its codes."""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from loyalty.voucher_types.models import MOST_MINOR
from loyalty.vouchers.codes import LONGEST
from loyalty.vouchers.commands.spending import LONGEST_SECONDS
from loyalty.vouchers.queries import Cart
from loyalty.vouchers.stacking import Line

MOST_PIECES: Final = 1_000_000
PRINTED: Final = r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$"
EXAMPLE: Final[dict[str, Any]] = {
    "currency": "CNY",
    "lines": [{"product": "data-10g", "quantity": 1, "amount_minor": 3000}],
    "codes": ["7KXP-M2TD-9WHC"],
}


class CartLine(BaseModel):
    """One line of what is bought."""

    model_config = ConfigDict(extra="forbid")

    product: str = Field(max_length=200, pattern=PRINTED, description="The product's code.")
    quantity: int = Field(1, ge=1, le=MOST_PIECES, description="How many.")
    amount_minor: int = Field(
        ge=0, le=MOST_MINOR, description="What they cost together before vouchers, in cents."
    )


class VoucherCart(BaseModel):
    """What a customer wants to buy, and the codes they show."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    customer_id: UUID | None = Field(
        None,
        description="Who buys. Left out, it is whose own the codes are; public codes need it.",
    )
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="Of all amounts, ISO 4217.")
    lines: list[CartLine] = Field(min_length=1, max_length=200, description="1 to 200 lines.")
    codes: list[Annotated[str, StringConstraints(max_length=LONGEST, pattern=PRINTED)]] = Field(
        min_length=1,
        max_length=10,
        description="1 to 10 codes in any order; case, spaces and dashes do not count.",
    )

    def cart_of(self, customer_id: UUID) -> Cart:
        lines = [Line(each.product, each.quantity, each.amount_minor) for each in self.lines]
        return Cart(customer_id, self.currency, lines, self.codes)


class VoucherReservation(VoucherCart):
    """Vouchers to be kept for a cart."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE | {"seconds": 600}]})

    seconds: int = Field(
        900, ge=1, le=LONGEST_SECONDS, description="For how long; then they are free again."
    )


class VoucherOrder(BaseModel):
    """The order that vouchers are used for."""

    model_config = ConfigDict(extra="forbid")

    order_id: UUID = Field(
        description="The order's id on this platform; an order has its vouchers once."
    )


class VoucherPurchase(VoucherCart):
    """Vouchers to be used for an order at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [EXAMPLE | {"order_id": "01920f1e-5c3b-7000-8000-000000000002"}]
        }
    )

    order_id: UUID = Field(
        description="The order's id on this platform; an order has its vouchers once."
    )
