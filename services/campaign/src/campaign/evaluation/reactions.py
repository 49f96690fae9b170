"""Crediting orders when they are placed or cancelled, or when a customer saw the offer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from campaign.evaluation import commands
from campaign.tasks.progress import SHOWS_PRESENTATION, TaskState
from kit.events import Heard
from kit.merging.following import Followed


class OrderPlaced(Heard):
    order_id: UUID
    customer_id: Followed
    task_id: UUID | None = None
    amount_minor: int
    currency: str
    placed_at: datetime
    imported: bool = False


class OrderCancelled(Heard):
    order_id: UUID
    customer_id: Followed
    amount_minor: int
    currency: str
    cancelled_at: datetime


class TaskShown(Heard):
    customer_id: Followed
    status: TaskState


async def credit_orders(session: AsyncSession, events: list[OrderPlaced]) -> None:
    """History that was imported led from no campaign."""
    orders = [event for event in events if not event.imported]
    if not orders:
        return
    await commands.keep_orders(
        session,
        [
            {
                "id": order.order_id,
                "customer_id": order.customer_id,
                "task_id": order.task_id,
                "amount_minor": order.amount_minor,
                "currency": order.currency,
                "placed_at": order.placed_at,
            }
            for order in orders
        ],
    )
    await commands.attribute_orders(session, {order.customer_id for order in orders})


async def take_back_cancelled_orders(session: AsyncSession, events: list[OrderCancelled]) -> None:
    await commands.cancel_orders(
        session,
        [
            {
                "id": event.order_id,
                "customer_id": event.customer_id,
                "amount_minor": event.amount_minor,
                "currency": event.currency,
                "cancelled_at": event.cancelled_at,
            }
            for event in events
        ],
    )
    await commands.attribute_orders(session, {event.customer_id for event in events})


async def credit_orders_after_presentation(session: AsyncSession, events: list[TaskShown]) -> None:
    """The report that an offer was seen may come after the order it led to."""
    customers = {event.customer_id for event in events if event.status in SHOWS_PRESENTATION}
    if customers:
        await commands.attribute_orders(session, customers)
