"""Taking dispatched tasks into inboxes, and closed ones out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import col

from channel.consents.reactions import CustomerReported
from channel.work.commands import step, tell
from channel.work.events import TaskStatus
from channel.work.models import Work, WorkState
from channel.work.withdrawing import withdraw_unwanted
from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed
from kit.models import utcnow

DETAILS = (
    "campaign_id",
    "campaign_code",
    "offer_id",
    "offer_code",
    "offer_name",
    "products",
    "customer_id",
    "channel_code",
    "unit",
    "title",
    "text",
    "touchpoint_id",
    "deadline",
)


class TaskDispatched(Heard):
    """A task for one of our channels, as the campaign service dispatches it."""

    task_id: UUID
    campaign_id: UUID
    campaign_code: str
    offer_id: UUID | None
    offer_code: str
    offer_name: str
    products: list[str]
    customer_id: Followed
    channel_code: str
    unit: str
    title: str
    text: str
    touchpoint_id: UUID | None
    deadline: datetime


class TaskClosed(Heard):
    """A task that needs nobody any more."""

    task_id: UUID
    customer_id: Followed
    channel_code: str
    status: str


async def take_dispatched_tasks(session: AsyncSession, events: list[TaskDispatched]) -> None:
    """Put tasks into their inboxes and say so; those that were closed before stay closed.

    What the customer has refused meanwhile is closed at once, and never said to be delivered.
    """
    first = {event.task_id: event for event in reversed(events)}
    rows = [_row(first[task_id]) for task_id in sorted(first)]
    statement = insert(Work)
    statement = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={name: statement.excluded[name] for name in (*DETAILS, "dispatched_at")},
        where=col(Work.dispatched_at).is_(None),
    )
    taken = (await session.scalars(statement.returning(Work), rows)).all()
    withdrawn = await withdraw_unwanted(session, {work.customer_id for work in taken})
    for work in taken:
        if work.state == WorkState.OPEN and work.id not in withdrawn:
            tell(session, work, TaskStatus.DELIVERED, by=None, reason=None)


async def withdraw_unwanted_work(session: AsyncSession, events: list[CustomerReported]) -> None:
    """After the refusals of these customers are known, in the same transaction."""
    if refusing := {event.customer_id for event in events if event.refused}:
        await withdraw_unwanted(session, refusing)


async def close_tasks(session: AsyncSession, events: list[TaskClosed]) -> None:
    """Take tasks out of their inboxes, also those that are yet to come in."""
    last = {event.task_id: event for event in events}
    now = utcnow()
    for task_id in sorted(last):
        event = last[task_id]
        closing = step("closed", None, event.status)
        row = {
            "id": task_id,
            "created_at": now,
            "state": WorkState.CLOSED,
            "status": event.status,
            "history": [closing],
            "customer_id": event.customer_id,
            "channel_code": event.channel_code,
            "deadline": now,
        }
        statement = insert(Work).values(row)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_={
                    "state": WorkState.CLOSED,
                    "status": event.status,
                    "lease_until": None,
                    "history": col(Work.history).op("||")(literal([closing], JSONB)),
                },
                where=col(Work.state) != WorkState.CLOSED,
            )
        )


def _row(event: TaskDispatched) -> dict[str, Any]:
    return {
        "id": event.task_id,
        "created_at": utcnow(),
        "dispatched_at": event.event_time,
        "state": WorkState.OPEN,
        "status": TaskStatus.DELIVERED.value,
        "history": [step("delivered", None)],
        **{name: getattr(event, name) for name in DETAILS},
    }
