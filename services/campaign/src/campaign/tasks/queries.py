"""How tasks are looked up."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.tasks.models import Task, TaskReport
from kit.units import below


def tasks_for(unit: str) -> Select[Any]:
    """Tasks worked in the unit, and those of its customers."""
    return select(Task).where(or_(below(Task.unit, unit), below(Task.customer_unit, unit)))


async def tasks_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Task]:
    rows = await session.scalars(select(Task).where(col(Task.id).in_(set(ids))))
    return {row.id: row for row in rows}


async def tasks_for_update(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Task]:
    """The tasks, locked in one order."""
    rows = await session.scalars(
        select(Task)
        .where(col(Task.id).in_(set(ids)))
        .order_by(col(Task.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def reports_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[TaskReport]]:
    rows = await session.scalars(
        select(TaskReport)
        .where(col(TaskReport.task_id).in_(ids))
        .order_by(col(TaskReport.occurred_at), col(TaskReport.id))
    )
    found: dict[UUID, list[TaskReport]] = {}
    for row in rows:
        found.setdefault(row.task_id, []).append(row)
    return found


def tasks_of(customer_id: UUID) -> Select[Any]:
    return select(Task).where(col(Task.customer_id) == customer_id)
