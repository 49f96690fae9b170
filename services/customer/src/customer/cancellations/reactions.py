"""What cancelled orders mean for holdings, whoever is one with whom since they were placed."""

from datetime import datetime
from uuid import UUID

from customer.holdings.commands import Cancellation, take_back_products
from customer.merging.queries import once_one_with
from kit.database import AsyncSession
from kit.events import Heard


class OrderCancelled(Heard):
    order_id: UUID
    customer_id: UUID
    cancelled_at: datetime


async def take_back_cancelled_products(session: AsyncSession, events: list[OrderCancelled]) -> None:
    orders = [Cancellation(e.order_id, e.customer_id, e.cancelled_at) for e in events]
    once_one = await once_one_with(session, {each.customer_id for each in events})
    await take_back_products(session, orders, once_one)
