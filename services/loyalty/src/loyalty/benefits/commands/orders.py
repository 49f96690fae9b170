"""Orders that tasks led to: when all of a task's are cancelled, so is its benefit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import func
from sqlmodel import col

from kit.database import AsyncSession
from loyalty.benefits.commands.fulfilling import ORDER_CANCELLED
from loyalty.benefits.commands.holding import hold_tasks
from loyalty.benefits.commands.reversing import reverse, reverse_recalled_parts
from loyalty.benefits.models import TaskOrder
from loyalty.benefits.queries import bundles_with, tasks_without_orders


@dataclass(frozen=True, slots=True)
class TaskOrdered:
    """An order that was placed because of a task, or was cancelled."""

    order_id: UUID
    customer_id: UUID
    task_id: UUID | None = None
    cancelled_at: datetime | None = None


async def follow_orders(session: AsyncSession, placed: Iterable[TaskOrdered]) -> None:
    """Remember to which orders tasks led; one that was cancelled before it came counts as none."""
    await _remember(session, {each.order_id: each for each in placed if each.task_id})


async def lose_orders(session: AsyncSession, cancelled: Iterable[TaskOrdered]) -> None:
    """Take back the benefits of tasks of whose orders none stands any more."""
    await _remember(session, {each.order_id: each for each in cancelled})


async def reverse_recalled(session: AsyncSession, recalled: Mapping[UUID, UUID]) -> None:
    """Take back the gifts of tasks without orders, or of parts of their bundles, and whose.

    The arms have given them back.
    """
    if recalled:
        bundles = await bundles_with(session, recalled)
        await hold_tasks(session, {*recalled, *bundles.values()})
        await reverse_recalled_parts(session, bundles, ORDER_CANCELLED)
        await reverse(session, await tasks_without_orders(session, recalled), ORDER_CANCELLED)


async def _remember(session: AsyncSession, orders: Mapping[UUID, TaskOrdered]) -> None:
    if not orders:
        return
    new = insert(TaskOrder).values([_row(orders[each]) for each in sorted(orders)])
    kept = new.on_conflict_do_update(
        index_elements=["order_id"],
        set_={
            name: func.coalesce(col(getattr(TaskOrder, name)), new.excluded[name])
            for name in ("task_id", "cancelled_at")
        },
    ).returning(col(TaskOrder.task_id), col(TaskOrder.cancelled_at))
    tasks = {row.task_id for row in await session.execute(kept) if row.cancelled_at and row.task_id}
    if tasks:
        await hold_tasks(session, tasks)
        await reverse(session, await tasks_without_orders(session, tasks), ORDER_CANCELLED)


def _row(order: TaskOrdered) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "task_id": order.task_id,
        "cancelled_at": order.cancelled_at,
    }
