"""Orders in the graph, and what this service adds to customers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from channel.accesses.noting import saw
from channel.channels.graph import Channel, channel_seen
from channel.commissions.queries import lines_of_orders
from channel.earnings.graph import CommissionLine
from channel.identifiers.queries import customers_seen
from channel.orders import models, queries
from channel.partners.graph import Partner, partner_seen
from channel.partners.queries import claimed_partner
from channel.touchpoints.graph import TouchpointEvent, touchpoints_of
from channel.work.graph import Task
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import Personal
from kit.graph.scalars import Money, money
from kit.merging.mergers import current_ids

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "partner", "customer")
STORY = ("marketer", "front_line", "analyst", "operator", "customer")

strawberry.enum(models.OrderState, description="Whether an order stands.")


async def orders_by_id(context: Context, ids: Sequence[UUID]) -> list[models.Order | None]:
    seen = queries.seen_by(context.caller, claimed_partner(context.caller))
    async with context.db.reading() as session:
        found = await queries.orders_by_id(session, ids, seen)
    return [found.get(each) for each in ids]


async def whether_seen(context: Context, ids: Sequence[UUID]) -> list[bool]:
    async with context.db.reading() as session:
        seen = await customers_seen(session, ids, context.caller)
    return [each in seen for each in ids]


async def ids_of_today(context: Context, ids: Sequence[UUID]) -> list[UUID]:
    async with context.db.reading() as session:
        current = await current_ids(session, ids)
    return [current.get(each, each) for each in ids]


async def commission_by_order(context: Context, ids: Sequence[UUID]) -> list[list[CommissionLine]]:
    async with context.db.reading() as session:
        found = await lines_of_orders(session, ids)
    return [[CommissionLine.of(line) for line in found.get(each, ())] for each in ids]


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("code"), resolvable=False)], description="What is sold."
)
class Product:
    code: str = strawberry.field(description="The product's code.")


@strawberry.type(description="One product of an order.")
class OrderLine:
    product: Product = strawberry.field(description="What was bought.")
    quantity: int = strawberry.field(description="How many.")
    amount: Money = strawberry.field(description="What they cost together.")


@strawberry.federation.type(keys=["id"], description="A customer.")
class Customer:
    id: UUID = strawberry.field(description="The customer's id.")

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Customer | None":
        customer_id = await info.context.loader(ids_of_today).load(UUID(id))
        seen = await info.context.loader(whether_seen).load(customer_id)
        return cls(id=customer_id) if seen else None

    @strawberry.field(
        extensions=[Roles(*STORY), Personal(saw, "touchpoints")],
        description="What the customer did or met, newest first.",
    )
    async def touchpoints(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[TouchpointEvent] | None:
        return await touchpoints_of(info, self.id, first, after)

    @strawberry.field(
        extensions=[Roles(*STORY), Personal(saw, "orders")],
        description="What the customer bought, newest first.",
    )
    async def orders(
        self, info: Info, first: First = 20, after: After = None
    ) -> "Connection[Order] | None":
        async with info.context.db.reading() as session:
            found = await queries.orders_of(session, self.id, first=first, after=after)
        return Connection.of(found, Order.of)


@strawberry.federation.type(keys=["id"], description="What a customer bought.")
class Order:
    id: UUID = strawberry.field(description="The order's id.")
    reference: str = strawberry.field(description="What whoever placed it calls it.")
    state: models.OrderState = strawberry.field(description="Whether it stands.")
    customer: Customer = strawberry.field(description="Who bought.")
    task: Task | None = strawberry.field(description="The task it came of.")
    channel_code: str = strawberry.field(description="Where it was placed.")
    partner_code: str | None = strawberry.field(description="The partner on whose account.")
    unit: str = strawberry.field(description="The channel's unit, as a path.")
    amount: Money = strawberry.field(description="What it cost.")
    lines: list[OrderLine] = strawberry.field(description="What was bought.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled.")
    imported: bool = strawberry.field(description="Whether it came from a file of past purchases.")

    @classmethod
    def of(cls, order: models.Order) -> Self:
        return cls(
            id=order.id,
            reference=order.reference,
            state=models.OrderState(order.state),
            customer=Customer(id=order.customer_id),
            task=Task(id=order.task_id) if order.task_id else None,
            channel_code=order.channel_code,
            partner_code=order.partner_code,
            unit=order.unit,
            amount=money(order.amount_minor, order.currency),
            lines=[
                OrderLine(
                    product=Product(code=line["product_code"]),
                    quantity=line["quantity"],
                    amount=money(line["amount_minor"], order.currency),
                )
                for line in order.lines
            ],
            placed_at=order.placed_at,
            cancelled_at=order.cancelled_at,
            imported=order.imported,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Order | None":
        info.context.caller.require_role(*READERS)
        return await order_seen(info, UUID(id))

    @strawberry.field(description="The channel, if the caller may see it.")
    async def channel(self, info: Info) -> Channel | None:
        return await channel_seen(info, self.channel_code)

    @strawberry.field(description="The partner, if there is one and the caller may see it.")
    async def partner(self, info: Info) -> Partner | None:
        return await partner_seen(info, self.partner_code) if self.partner_code else None

    @strawberry.field(
        extensions=[Roles("marketer", "analyst", "operator", "partner", scope="settlements:read")],
        description="What it earned its partner, line by line.",
    )
    async def commission(self, info: Info) -> list[CommissionLine] | None:
        return await info.context.loader(commission_by_order).load(self.id)


async def order_seen(info: Info, id: UUID) -> Order | None:
    """The order, if the caller may see it; that they did is noted."""
    order = await info.context.loader(orders_by_id).load(id)
    if order is None:
        return None
    saw(info.context, order.customer_id, "orders")
    return Order.of(order)


@strawberry.type
class OrdersQuery:
    @strawberry.field(
        extensions=[Roles(*READERS)],
        description="One order: of the caller's unit, partner or self.",
    )
    async def order(self, info: Info, id: UUID) -> Order | None:
        return await order_seen(info, id)
