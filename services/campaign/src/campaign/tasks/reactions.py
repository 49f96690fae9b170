"""What happens to tasks when channels and loyalty report."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from campaign.facts.permission import MARKETING, said_by
from campaign.tasks import commands
from campaign.tasks.commands import Report
from campaign.tasks.progress import TaskState
from campaign.tasks.withdrawing import withdraw_unwanted
from kit.events import Heard


class TaskProgressed(Heard):
    task_id: UUID
    status: TaskState
    reason: str | None = None
    by: str | None = None
    occurred_at: datetime


class CustomerChanged(Heard):
    """What says whether a customer may still be approached."""

    customer_id: UUID
    consents: list[dict[str, Any]]
    special_lists: list[str]

    @property
    def welcomes_all(self) -> bool:
        """Whether nothing speaks against any channel."""
        said = {
            kind: yes
            for (purpose, kind), yes in said_by(self.consents).items()
            if purpose == MARKETING
        }
        return not self.special_lists and said.get("", False) and all(said.values())


class ComplaintOpened(Heard):
    """What figures read of a complaint."""

    customer_id: UUID
    task_id: UUID | None = None
    at: datetime


class BenefitFulfilled(Heard):
    task_id: UUID
    cost_minor: int


class BenefitRefused(Heard):
    task_id: UUID


class BenefitReversed(Heard):
    task_id: UUID
    cost_minor: int


class CommissionAccrued(Heard):
    task_id: UUID | None = None
    amount_minor: int


async def withdraw_unwanted_tasks(session: AsyncSession, events: list[CustomerChanged]) -> None:
    """Take back what was on its way to customers who no longer want it.

    It goes by the facts that are kept, so that late news withdraws nothing, and hides nothing.
    """
    if doubtful := {event.customer_id for event in events if not event.welcomes_all}:
        await withdraw_unwanted(session, doubtful)


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


async def refund_reversed_benefit(session: AsyncSession, events: list[BenefitReversed]) -> None:
    returned: Counter[UUID] = Counter()
    for event in events:
        returned[event.task_id] += event.cost_minor
    await commands.refund_benefits(session, returned, max(event.event_time for event in events))


async def count_complaints(session: AsyncSession, events: list[ComplaintOpened]) -> None:
    await commands.count_complaints(
        session,
        [(event.task_id, event.customer_id, event.at) for event in events if event.task_id],
    )


async def charge_commission(session: AsyncSession, events: list[CommissionAccrued]) -> None:
    await commands.charge(
        session,
        [
            (event.task_id, event.amount_minor, event.event_time)
            for event in events
            if event.task_id is not None
        ],
    )
