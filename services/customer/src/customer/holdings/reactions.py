"""What orders mean for holdings."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from customer.holdings import commands
from kit.database import AsyncSession
from kit.events import Heard


class OrderedLine(BaseModel):
    product_code: str


class OrderPlaced(Heard):
    order_id: UUID
    customer_id: UUID
    lines: list[OrderedLine]
    placed_at: datetime


async def hold_ordered_products(session: AsyncSession, events: list[OrderPlaced]) -> None:
    purchases = [
        commands.Purchase(
            order_id=event.order_id,
            customer_id=event.customer_id,
            product_codes=[line.product_code for line in event.lines],
            placed_at=event.placed_at,
        )
        for event in events
    ]
    await commands.hold_products(session, purchases)
