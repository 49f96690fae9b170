"""What a cart's vouchers would take off, and what came of those that were used."""

from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.personal import People
from kit.graph.refusals import InvalidInput, NotFound
from kit.graph.scalars import Money, money
from loyalty.accesses.noting import saw
from loyalty.voucher_types.graph.types import VoucherType
from loyalty.vouchers import queries, tills
from loyalty.vouchers.graph.carts import VoucherCartInput
from loyalty.vouchers.graph.refusals import TooManyWrongCodes, VoucherRefused
from loyalty.vouchers.graph.types import READERS, VoucherRedemption

ASKERS = ("front_line", "operator", "customer", "partner")


@strawberry.type(description="A voucher that takes something off a cart.")
class VoucherQuoted:
    code: str = strawberry.field(description="As it was sent.")
    voucher_type: VoucherType = strawberry.field(description="Its terms.")
    base: Money = strawberry.field(
        description="What it is taken off: what those before it have left of the lines it is for."
    )
    discount: Money = strawberry.field(description="What it takes off in all.")
    lines: list[Money] = strawberry.field(description="Off each line of the cart; adds up to it.")

    @classmethod
    def of(cls, quoted: queries.Quoted, currency: str) -> Self:
        return cls(
            code=quoted.code,
            voucher_type=VoucherType.of(quoted.terms),
            base=money(quoted.off.base_minor, currency),
            discount=money(quoted.off.discount_minor, currency),
            lines=[money(each, currency) for each in quoted.off.lines],
        )


@strawberry.type(
    description="What the codes would take off now. One after the other, each off what those "
    "before it have left: the highest priority first, then free products, percentages (rounded "
    "down), fixed sums, then by the type's code."
)
class VoucherQuote:
    applied: list[VoucherQuoted] = strawberry.field(description="In the order they count.")
    refused: list[VoucherRefused] = strawberry.field(description="Those that take nothing off.")
    order_amount: Money = strawberry.field(description="What the cart comes to before them.")
    discount: Money = strawberry.field(description="What they take off together.")
    total: Money = strawberry.field(description="What is left to pay; never negative.")
    lines: list[Money] = strawberry.field(description="What is left of each line.")

    @classmethod
    def of(cls, quote: queries.Quote) -> Self:
        currency, amount = quote.cart.currency, quote.cart.amount_minor
        off = [sum(each) for each in zip(*(one.off.lines for one in quote.applied), strict=True)]
        left = [
            line.amount_minor - taken
            for line, taken in zip(
                quote.cart.lines, off or [0] * len(quote.cart.lines), strict=True
            )
        ]
        return cls(
            applied=[VoucherQuoted.of(each, currency) for each in quote.applied],
            refused=[VoucherRefused.of(each) for each in quote.refused],
            order_amount=money(amount, currency),
            discount=money(quote.discount_minor, currency),
            total=money(amount - quote.discount_minor, currency),
            lines=[money(each, currency) for each in left],
        )


VoucherQuoteResult: TypeAlias = Annotated[
    VoucherQuote | TooManyWrongCodes | NotFound | InvalidInput,
    strawberry.union("VoucherQuoteResult"),
]


@strawberry.type
class VouchersQuery:
    @strawberry.field(
        description="What a cart's codes would take off now, in which order, and why others take "
        "nothing off. Nothing is kept: reserve them for that. Customers ask for themselves, "
        "partners with the scope vouchers:redeem. After 20 wrong codes for a customer in an hour, "
        "or 300 by one caller, the answer is TooManyWrongCodes.",
        extensions=[Roles(*ASKERS)],
    )
    async def voucher_quote(self, info: Info, cart: VoucherCartInput) -> VoucherQuoteResult | None:
        db, caller = info.context.db, info.context.caller
        await tills.require_open(db, caller)
        customer = await tills.customer_of_today(db, caller, cart.customer_id)
        return VoucherQuote.of(await tills.quoted(db, caller, cart.read(customer)))

    @strawberry.field(
        description="Vouchers reserved or redeemed together; null without one of a customer whom "
        "you may see.",
        extensions=[Roles(*READERS, "partner"), People(saw, "vouchers", person="customer_id")],
    )
    async def voucher_redemption(
        self, info: Info, id: Annotated[UUID, strawberry.argument(description="Its identifier.")]
    ) -> VoucherRedemption | None:
        db, caller = info.context.db, info.context.caller
        await tills.require_open(db, caller)
        try:
            return VoucherRedemption.of(await tills.seen(db, caller, id))
        except NotFoundError:
            return None
