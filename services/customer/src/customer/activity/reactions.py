"""What others report, as activity."""

from datetime import datetime

from customer.activity.commands import Act, add_activity
from customer.activity.models import ORDER, ORDER_CANCELLED, SPENT, TASK, TOUCHPOINT
from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed


class TouchpointReported(Heard):
    customer_id: Followed
    kind: str
    occurred_at: datetime


class TaskProgressed(Heard):
    customer_id: Followed
    status: str
    occurred_at: datetime


class OrderPlaced(Heard):
    customer_id: Followed
    amount_minor: int
    currency: str
    placed_at: datetime


class OrderCancelled(Heard):
    customer_id: Followed
    amount_minor: int
    currency: str
    cancelled_at: datetime


async def count_touchpoints(session: AsyncSession, events: list[TouchpointReported]) -> None:
    acts = [Act(e.customer_id, f"{TOUCHPOINT}{e.kind}", e.occurred_at) for e in events]
    await add_activity(session, acts)


async def count_progress(session: AsyncSession, events: list[TaskProgressed]) -> None:
    acts = [Act(e.customer_id, f"{TASK}{e.status}", e.occurred_at) for e in events]
    await add_activity(session, acts)


async def count_orders(session: AsyncSession, events: list[OrderPlaced]) -> None:
    placed = [Act(e.customer_id, ORDER, e.placed_at) for e in events]
    spent = [
        Act(e.customer_id, f"{SPENT}{e.currency}", e.placed_at, e.amount_minor) for e in events
    ]
    await add_activity(session, placed + spent)


async def count_cancellations(session: AsyncSession, events: list[OrderCancelled]) -> None:
    """What was cancelled counts against what was spent on the day of the cancellation."""
    cancelled = [Act(e.customer_id, ORDER_CANCELLED, e.cancelled_at) for e in events]
    unspent = [
        Act(e.customer_id, f"{SPENT}{e.currency}", e.cancelled_at, -e.amount_minor) for e in events
    ]
    await add_activity(session, cancelled + unspent)
