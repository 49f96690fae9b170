"""What happens to tasks when channels and loyalty report."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from campaign.tasks import commands
from campaign.tasks.commands import Report
from campaign.tasks.progress import TaskState
from kit.events import Heard


class TaskProgressed(Heard):
    task_id: UUID
    status: TaskState
    reason: str | None = None
    by: str | None = None
    occurred_at: datetime


class BenefitFulfilled(Heard):
    task_id: UUID
    cost_minor: int


class BenefitRefused(Heard):
    task_id: UUID


class CommissionAccrued(Heard):
    task_id: UUID | None = None
    amount_minor: int


async def follow_task(session: AsyncSession, events: list[TaskProgressed]) -> None:
    await commands.report_progress(
        session,
        [
            Report(
                task_id=event.task_id,
                state=event.status,
                occurred_at=event.occurred_at,
                reason=event.reason or "",
                by=event.by or "",
            )
            for event in events
        ],
    )


async def spend_on_benefit(session: AsyncSession, events: list[BenefitFulfilled]) -> None:
    costs = {event.task_id: event.cost_minor for event in events}
    await commands.fulfil_benefits(session, costs, max(event.event_time for event in events))


async def release_refused_benefit(session: AsyncSession, events: list[BenefitRefused]) -> None:
    await commands.release_benefits(session, [event.task_id for event in events])


async def charge_commission(session: AsyncSession, events: list[CommissionAccrued]) -> None:
    await commands.charge(
        session,
        [
            (event.task_id, event.amount_minor, event.event_time)
            for event in events
            if event.task_id is not None
        ],
    )
