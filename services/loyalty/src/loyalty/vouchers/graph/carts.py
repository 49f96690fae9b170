"""What is sent to ask for vouchers: a cart and its codes, and how it is read."""

from typing import Any, Final
from uuid import UUID

import strawberry

from kit.errors import InvalidInput
from kit.graph.scalars import Long
from loyalty.voucher_types.models import MOST_MINOR
from loyalty.vouchers.codes import LONGEST
from loyalty.vouchers.queries import Cart
from loyalty.vouchers.stacking import Line

MOST_LINES: Final = 200
MOST_CODES: Final = 10
MOST_PIECES: Final = 1_000_000


@strawberry.input(description="One line of a cart.")
class VoucherCartLineInput:
    product_code: str = strawberry.field(description="What is bought, 1 to 200 characters.")
    quantity: int = strawberry.field(default=1, description="How many, from 1.")
    amount_minor: Long = strawberry.field(
        description="What they cost together before vouchers, from 0 to 10^12."
    )


@strawberry.input(description="What a customer wants to buy, and the codes they have for it.")
class VoucherCartInput:
    customer_id: UUID = strawberry.field(description="Who buys.")
    currency: str = strawberry.field(description="Of all amounts, ISO 4217.")
    lines: list[VoucherCartLineInput] = strawberry.field(description="1 to 200 lines.")
    codes: list[str] = strawberry.field(
        description="1 to 10 codes in any order; case, spaces and dashes do not count."
    )

    def read(self, customer_id: UUID) -> Cart:
        """The cart of the customer under their id of today, or InvalidInput."""
        if not 1 <= len(self.lines) <= MOST_LINES:
            raise InvalidInput("cart.lines", f"are 1 to {MOST_LINES}")
        if not 1 <= len(self.codes) <= MOST_CODES:
            raise InvalidInput("cart.codes", f"are 1 to {MOST_CODES}")
        for place, code in enumerate(self.codes):
            if not _is_text(code, LONGEST):
                raise InvalidInput(f"cart.codes[{place}]", f"takes 1 to {LONGEST} characters")
        lines = [_line(each, place) for place, each in enumerate(self.lines)]
        return Cart(customer_id, self.currency, lines, self.codes)

    def content(self) -> dict[str, Any]:
        """What has to be the same when a key comes again."""
        return {
            "customer_id": str(self.customer_id),
            "currency": self.currency,
            "lines": [[each.product_code, each.quantity, each.amount_minor] for each in self.lines],
            "codes": list(self.codes),
        }


def _line(line: VoucherCartLineInput, place: int) -> Line:
    where = f"cart.lines[{place}]"
    if not _is_text(line.product_code, 200):
        raise InvalidInput(f"{where}.productCode", "takes 1 to 200 characters")
    if not 1 <= line.quantity <= MOST_PIECES:
        raise InvalidInput(f"{where}.quantity", f"is 1 to {MOST_PIECES}")
    if not 0 <= line.amount_minor <= MOST_MINOR:
        raise InvalidInput(f"{where}.amountMinor", "is 0 to 10^12")
    return Line(line.product_code, line.quantity, line.amount_minor)


def _is_text(given: str, most: int) -> bool:
    return bool(given.strip()) and given.isprintable() and len(given) <= most
