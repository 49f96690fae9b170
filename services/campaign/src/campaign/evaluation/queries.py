"""What happened to customers, as attribution reads it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.evaluation.crediting import History
from campaign.evaluation.models import Conversion, PlacedOrder
from campaign.settings import settings
from campaign.tasks.models import Enrolment, Task
from kit.models import utcnow

WINDOWS_KEPT = 3


async def histories_of(session: AsyncSession, customers: Iterable[UUID]) -> list[History]:
    """Of those who placed an order lately; with the rows as they stand after others' commits."""
    since = utcnow() - timedelta(days=WINDOWS_KEPT * settings().attribution_window_days)
    orders = await session.scalars(
        select(PlacedOrder)
        .where(
            col(PlacedOrder.customer_id).in_(set(customers)),
            col(PlacedOrder.placed_at) >= since,
        )
        .order_by(col(PlacedOrder.id))
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, History] = {}
    for order in orders:
        found.setdefault(order.customer_id, History()).orders.append(order)
    if found:
        await _complete(session, found)
    return [found[customer] for customer in sorted(found)]


async def _complete(session: AsyncSession, found: dict[UUID, History]) -> None:
    for task in await _rows(session, Task, found):
        found[task.customer_id].tasks.append(task)
    for enrolment in await _rows(session, Enrolment, found):
        found[enrolment.customer_id].enrolments.append(enrolment)
    for conversion in await _rows(session, Conversion, found):
        found[conversion.customer_id].conversions[conversion.order_id] = conversion


async def _rows(session: AsyncSession, model: Any, customers: Iterable[UUID]) -> Iterable[Any]:
    statement = select(model).where(col(model.customer_id).in_(list(customers)))
    return await session.scalars(
        statement.order_by(model.id).execution_options(populate_existing=True)
    )
