"""How partners' systems work tasks."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement

from channel.accesses.noting import NOTING
from channel.partners.queries import acting_partner
from channel.texts import CODE
from channel.touchpoints.queries import own_names
from channel.work import commands, models, queries
from channel.work.models import WorkOutcome, WorkState
from kit.database import AsyncSession, Database
from kit.identity import Caller
from kit.models import utcnow
from kit.paging import Page
from kit.rest import CallerOf, DatabaseOf

LOOK_AGAIN_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 20

router = APIRouter(prefix="/v1/tasks", tags=["tasks"])
TaskId = Annotated[UUID, Path(description="Of the task.")]


class TaskView(BaseModel):
    """A task in the inbox of one of your channels."""

    id: UUID = Field(description="The task's id; name it in the order that comes of it.")
    channel: str = Field(description="The channel it is to be done on.")
    state: WorkState = Field(description="open, claimed, answered or closed.")
    status: str = Field(description="delivered, presented, accepted, declined, no_answer, ...")
    customer_id: UUID = Field(description="The customer it is about.")
    campaign: str = Field(description="The campaign's code.")
    offer: str = Field(description="The offer's code.")
    offer_name: str = Field(description="The offer's name.")
    products: list[str] = Field(description="The products the offer is about.")
    unit: str = Field(description="The unit it is for.")
    title: str = Field(description="What to do, in a line.")
    text: str = Field(description="What to say or show.")
    deadline: datetime = Field(description="Until when it makes sense.")
    lease_until: datetime | None = Field(description="Until when it is claimed.")
    touchpoint_event: str | None = Field(
        description="Your own id of the touchpoint event that led to it; null if you reported none."
    )

    @classmethod
    def of(cls, work: models.Work, touchpoint_event: str | None) -> Self:
        state = work.state_at(utcnow())
        return cls(
            id=work.id,
            channel=work.channel_code,
            state=state,
            status=work.status,
            customer_id=work.customer_id,
            campaign=work.campaign_code,
            offer=work.offer_code,
            offer_name=work.offer_name,
            products=work.products,
            unit=work.unit,
            title=work.title,
            text=work.text,
            deadline=work.deadline,
            lease_until=work.lease_until if state == WorkState.CLAIMED else None,
            touchpoint_event=touchpoint_event,
        )


class TaskPage(BaseModel):
    """Tasks, the nearest deadline first."""

    tasks: list[TaskView] = Field(description="The tasks of this page.")
    next: str | None = Field(description="Pass as `after` to go on; null at the end.")


class OutcomeReport(BaseModel):
    """What came of a task."""

    model_config = ConfigDict(extra="forbid")

    outcome: WorkOutcome = Field(
        description="presented may be followed by another; accepted, declined and no_answer are "
        "final."
    )
    reason: str | None = Field(
        None, max_length=500, pattern=r"^[^\x00]*$", description="Why, in the customer's words."
    )


@router.get("", summary="Tasks in the inboxes of your channels")
async def list_tasks(
    caller: CallerOf,
    database: DatabaseOf,
    channel: Annotated[
        str | None, Query(pattern=f"^{CODE.pattern}$", description="Only this channel's.")
    ] = None,
    state: Annotated[WorkState, Query(description="Only tasks in this state.")] = WorkState.OPEN,
    first: Annotated[int, Query(ge=1, le=100, description="How many.")] = 50,
    after: Annotated[str | None, Query(max_length=400, description="`next` of a page.")] = None,
    wait: Annotated[
        float,
        Query(
            ge=0,
            le=LONGEST_WAIT_SECONDS,
            description="Seconds to wait for a task if there is none yet.",
        ),
    ] = 0,
) -> TaskPage:
    """Roles: partner, front_line. Scope: tasks:work."""
    _require(caller)
    end = time.monotonic() + wait
    while True:
        page = await _inbox(database, caller, channel, state, first, after)
        left = end - time.monotonic()
        if page.items or left <= 0:
            people = {each.customer_id for each in page.items}
            await NOTING.note_in_passing(database, caller, people, "tasks")
            async with database.reading() as session:
                tasks = await _views(session, caller, page.items)
            return TaskPage(tasks=tasks, next=page.end_cursor if page.has_next else None)
        await asyncio.sleep(min(LOOK_AGAIN_SECONDS, left))


@router.post("/{task_id}/claim", summary="Claim a task")
async def claim_task(caller: CallerOf, database: DatabaseOf, task_id: TaskId) -> TaskView:
    """It is yours for 15 minutes, then it goes back; claim it again to keep it longer.

    409 if somebody else has it, or there is nothing left to do. Roles: partner, front_line. Scope:
    tasks:work.
    """
    _require(caller)
    async with database.transaction() as session:
        seen = await _seen(session, caller)
        work = await commands.claim_work(session, task_id, by=caller.subject, seen=seen)
        return (await _views(session, caller, [work]))[0]


@router.post("/{task_id}/outcome", summary="Report what came of a task")
async def report_outcome(
    caller: CallerOf, database: DatabaseOf, task_id: TaskId, report: OutcomeReport
) -> TaskView:
    """Claim the task first. The same outcome again gets the same answer and changes nothing.

    409 if it can't follow what was reported before. Roles: partner, front_line. Scope: tasks:work.
    """
    _require(caller)
    async with database.transaction() as session:
        work = await commands.report_outcome(
            session,
            task_id,
            report.outcome,
            reason=report.reason,
            by=caller.subject,
            seen=await _seen(session, caller),
        )
        return (await _views(session, caller, [work]))[0]


async def _views(
    session: AsyncSession, caller: Caller, works: Sequence[models.Work]
) -> list[TaskView]:
    partner = await acting_partner(session, caller)
    led = {each.touchpoint_id for each in works if each.touchpoint_id is not None}
    names = await own_names(session, led, partner.code if partner else "")
    return [TaskView.of(each, names.get(each.touchpoint_id or each.id)) for each in works]


def _require(caller: Caller) -> None:
    caller.require_role("partner", "front_line")
    caller.require_scope("tasks:work")


async def _seen(session: AsyncSession, caller: Caller) -> ColumnElement[bool]:
    partner = await acting_partner(session, caller)
    return queries.seen_by(caller, partner.code if partner else None)


async def _inbox(
    database: Database,
    caller: Caller,
    channel: str | None,
    state: WorkState,
    first: int,
    after: str | None,
) -> Page[models.Work]:
    async with database.reading() as session:
        return await queries.inbox(
            session,
            await _seen(session, caller),
            channel_code=channel,
            state=state,
            first=first,
            after=after,
        )
