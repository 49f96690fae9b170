"""Vouchers, and what came of them, as they are shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import Connection
from kit.graph.context import Context, Info
from kit.graph.scalars import Money, money
from loyalty.accounts.queries import accounts_by_customer
from loyalty.voucher_types import queries as voucher_types
from loyalty.voucher_types.graph.types import VoucherType
from loyalty.vouchers import models, queries
from loyalty.vouchers.codes import shown
from loyalty.vouchers.graph import enums

READERS: Final = ("marketer", "approver", "front_line", "analyst", "operator", "customer")
TOLD_CODES: Final = ("front_line", "operator", "customer", "partner")
TOLD_WHO: Final = ("front_line", "operator", "analyst", "partner")


@strawberry.type(description="A code of a customer's own that is good once.")
class Voucher:
    row: strawberry.Private[models.Voucher]
    id: UUID = strawberry.field(description="Its identifier.")
    state: models.VoucherState = strawberry.field(description="Whether it may be used.")
    issued_at: datetime | None = strawberry.field(description="When the customer got it.")
    expires_at: datetime | None = strawberry.field(description="Good until then; null for ever.")

    @strawberry.field(
        description="What to type, in groups such as 7KXP-M2TD-9WHC.",
        extensions=[Roles(*TOLD_CODES)],
    )
    def code(self) -> str | None:
        return shown(self.row.code)

    @strawberry.field(description="Its terms.")
    async def voucher_type(self, info: Info) -> VoucherType:
        return await info.context.loader(types_by_id).load(self.row.type_id)

    @classmethod
    def of(cls, row: models.Voucher) -> Self:
        return cls(
            row=row,
            id=row.id,
            state=enums.VoucherState(row.state),
            issued_at=row.issued_at,
            expires_at=row.expires_at,
        )


@strawberry.type(description="What one voucher took off an order.")
class VoucherUse:
    row: strawberry.Private[models.VoucherUse]
    currency: strawberry.Private[str]
    state: models.UseState = strawberry.field(description="What has become of it.")
    discount: Money = strawberry.field(description="What it took off in all.")
    lines: list[Money] = strawberry.field(description="Off each line of the cart; adds up to it.")

    @strawberry.field(description="What was typed, in groups.", extensions=[Roles(*TOLD_CODES)])
    async def code(self, info: Info) -> str | None:
        if self.row.voucher_id is None:
            terms = await info.context.loader(types_by_id).load(self.row.type_id)
            return terms.row.single_code
        return shown(await info.context.loader(codes_by_id).load(self.row.voucher_id))

    @strawberry.field(description="Its terms.")
    async def voucher_type(self, info: Info) -> VoucherType:
        return await info.context.loader(types_by_id).load(self.row.type_id)

    @classmethod
    def of(cls, row: models.VoucherUse, currency: str) -> Self:
        return cls(
            row=row,
            currency=currency,
            state=enums.VoucherUseState(row.state),
            discount=money(row.discount_minor, currency),
            lines=[money(each, currency) for each in row.lines],
        )


@strawberry.type(description="Vouchers that take something off one order, all of them or none.")
class VoucherRedemption:
    row: strawberry.Private[models.VoucherRedemption]
    id: UUID = strawberry.field(description="What to redeem or release.")
    customer_id: UUID = strawberry.field(description="Whose order it is.")
    state: models.RedemptionState = strawberry.field(description="How far it has come.")
    order_amount: Money = strawberry.field(description="What the cart comes to before them.")
    discount: Money = strawberry.field(description="What they take off together.")
    total: Money = strawberry.field(description="What is left to pay; never negative.")
    reserved_until: datetime | None = strawberry.field(
        description="Reserved ones are free again then."
    )
    order_id: UUID | None = strawberry.field(description="The order, once they are redeemed.")
    partner_code: str | None = strawberry.field(
        description="The partner at whose till, by code; null for ours and the customer's app."
    )
    redeemed_at: datetime | None = strawberry.field(description="When they were.")
    ended_at: datetime | None = strawberry.field(description="When released or cancelled.")

    @strawberry.field(
        description="Who had them redeemed; null while nobody has.", extensions=[Roles(*TOLD_WHO)]
    )
    def redeemed_by(self) -> str | None:
        return self.row.redeemed_by

    @strawberry.field(
        description="Who let go of them; null where the customer, time or a cancelled order did.",
        extensions=[Roles(*TOLD_WHO)],
    )
    def ended_by(self) -> str | None:
        return self.row.ended_by

    @strawberry.field(description="Each voucher, in the order they count.")
    async def uses(self, info: Info) -> list[VoucherUse]:
        found = await info.context.loader(uses_of).load(self.id)
        return [VoucherUse.of(each, self.row.currency) for each in found]

    @classmethod
    def of(cls, row: models.VoucherRedemption) -> Self:
        return cls(
            row=row,
            id=row.id,
            customer_id=row.customer_id,
            state=enums.VoucherRedemptionState(row.state),
            order_amount=money(row.order_minor, row.currency),
            discount=money(row.discount_minor, row.currency),
            total=money(row.order_minor - row.discount_minor, row.currency),
            reserved_until=row.reserved_until,
            order_id=row.order_id,
            partner_code=row.partner_code,
            redeemed_at=row.redeemed_at,
            ended_at=row.ended_at,
        )


async def vouchers_of_customer(
    info: Info,
    customer: UUID,
    state: models.VoucherState | None,
    first: int,
    after: str | None,
) -> Connection[Voucher] | None:
    context = info.context
    if not await accounts_by_customer(context.db, [customer], context.caller):
        return None
    async with context.db.reading() as session:
        found = await queries.vouchers_of(session, customer, state, first, after)
    return Connection.of(found, Voucher.of)


async def types_by_id(context: Context, ids: Sequence[UUID]) -> Sequence[VoucherType]:
    """For a loader: the terms of vouchers that the caller was shown already."""
    async with context.db.reading() as session:
        found = await voucher_types.types_by_id(session, ids)
    return [VoucherType.of(found[each]) for each in ids]


async def codes_by_id(context: Context, ids: Sequence[UUID]) -> Sequence[str]:
    """For a loader: the codes of vouchers that the caller was shown already."""
    async with context.db.reading() as session:
        found = await queries.codes_by_id(session, ids)
    return [found[each] for each in ids]


async def uses_of(context: Context, ids: Sequence[UUID]) -> Sequence[Sequence[models.VoucherUse]]:
    """For a loader: the vouchers of each redemption."""
    async with context.db.reading() as session:
        found = await queries.uses_of(session, ids)
    return [found[each] for each in ids]
