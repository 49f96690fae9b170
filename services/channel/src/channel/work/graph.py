"""The front line's inbox in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement

from channel.accesses.noting import saw, saw_in_passing
from channel.partners.queries import acting_partner
from channel.sight import SIGHT
from channel.texts import checked_code
from channel.work import commands, models, queries
from channel.work.refusals import (
    ClaimedByAnother,
    NotClaimed,
    OutcomeNotPossible,
    WorkIsOver,
)
from kit.database import AsyncSession
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import PERSONAL, People, Personal
from kit.graph.refusals import InvalidInput, NotFound
from kit.models import utcnow
from kit.personal.seeing import masked

READERS = ("front_line", "marketer", "analyst", "operator", "partner")
WORKERS = ("front_line", "partner")


@strawberry.type(description="One thing that happened to a task in an inbox.")
class WorkStep:
    what: str = strawberry.field(description="delivered, claimed, presented, given back, ...")
    by: str | None = strawberry.field(description="Who did it; null if nobody had to.")
    reason: str | None = strawberry.field(
        description="Why, if that was said; masked for who sees no names whole, unless they said "
        "it or it was said in their own channel.",
        directives=[PERSONAL],
    )
    at: datetime = strawberry.field(description="When.")


@strawberry.federation.type(keys=["id"], description="One customer, one offer, one channel.")
class Task:
    id: UUID = strawberry.field(description="The task's id.")

    @classmethod
    def resolve_reference(cls, info: Info, id: str) -> "Task":
        return cls(id=UUID(id))

    @strawberry.field(
        extensions=[Roles(*READERS), People(saw_in_passing, "tasks", person="customer_id")],
        description="The task in its channel's inbox; null before it is there, or on channels "
        "and units that are not the caller's.",
    )
    async def work(self, info: Info) -> "Work | None":
        work = await info.context.loader(work_by_id).load(self.id)
        return Work.of(work) if work else None


@strawberry.type(description="A task in a channel's inbox.")
class Work:
    row: strawberry.Private[models.Work]

    task_id: UUID = strawberry.field(description="The task's id.")
    task: Task = strawberry.field(description="The task.")
    state: models.WorkState = strawberry.field(description="Open, claimed, answered or closed.")
    status: str = strawberry.field(
        description="delivered, presented, accepted, declined, no_answer, or how it was closed."
    )
    claimed_by: str | None = strawberry.field(description="Who works on it, or answered it.")
    lease_until: datetime | None = strawberry.field(
        description="Until when it is theirs; then it goes back."
    )
    channel_code: str = strawberry.field(description="The channel it is to be done on.")
    unit: str = strawberry.field(description="The unit it is for, as a path.")
    customer_id: UUID = strawberry.field(description="The customer it is about.")
    campaign_code: str = strawberry.field(description="The campaign it comes from.")
    offer_code: str = strawberry.field(description="The offer to make.")
    offer_name: str = strawberry.field(description="The offer's name.")
    title: str = strawberry.field(description="What to do, in a line.")
    text: str = strawberry.field(description="What to say.")
    deadline: datetime = strawberry.field(description="Until when it makes sense.")

    @classmethod
    def of(cls, work: models.Work) -> Self:
        state = work.state_at(utcnow())
        free = state == models.WorkState.OPEN
        return cls(
            row=work,
            task_id=work.id,
            task=Task(id=work.id),
            state=state,
            status=work.status,
            claimed_by=None if free else work.claimed_by,
            lease_until=None if free else work.lease_until,
            channel_code=work.channel_code,
            unit=work.unit,
            customer_id=work.customer_id,
            campaign_code=work.campaign_code,
            offer_code=work.offer_code,
            offer_name=work.offer_name,
            title=work.title,
            text=work.text,
            deadline=work.deadline,
        )

    @strawberry.field(
        description="What happened to it, oldest first.",
        extensions=[Personal(saw, "task_history", person="customer_id")],
    )
    def history(self, info: Info) -> list[WorkStep]:
        caller = info.context.caller
        whole = SIGHT.is_whole(caller) or "partner" in caller.roles
        return [
            WorkStep(
                what=each["what"],
                by=each["by"],
                reason=masked(each["reason"], whole=whole or each["by"] == caller.subject),
                at=datetime.fromisoformat(each["at"]),
            )
            for each in self.row.history
        ]


async def seen(session: AsyncSession, info: Info | Context) -> ColumnElement[bool]:
    context = info if isinstance(info, Context) else info.context
    partner = await acting_partner(session, context.caller)
    return queries.seen_by(context.caller, partner.code if partner else None)


async def work_by_id(context: Context, ids: Sequence[UUID]) -> list[models.Work | None]:
    async with context.db.reading() as session:
        found = await queries.work_by_id(session, ids, await seen(session, context))
    return [found.get(each) for each in ids]


@strawberry.type(description="The task is the caller's, for the time of the lease.")
class TaskWasClaimed:
    work: Work = strawberry.field(description="The task as it is now.")


@strawberry.type(description="The outcome is known.")
class OutcomeWasReported:
    work: Work = strawberry.field(description="The task as it is now.")


ClaimTaskResult: TypeAlias = Annotated[
    TaskWasClaimed | WorkIsOver | ClaimedByAnother | NotFound, strawberry.union("ClaimTaskResult")
]
ReportOutcomeResult: TypeAlias = Annotated[
    OutcomeWasReported
    | WorkIsOver
    | ClaimedByAnother
    | NotClaimed
    | OutcomeNotPossible
    | InvalidInput
    | NotFound,
    strawberry.union("ReportOutcomeResult"),
]


@strawberry.type
class WorkQuery:
    @strawberry.field(
        extensions=[Roles(*READERS), People(saw_in_passing, "tasks", person="customer_id")],
        description="What is in the inboxes of the caller's channels and units, the nearest "
        "deadline first.",
    )
    async def work(
        self,
        info: Info,
        channel_code: Annotated[
            str | None, strawberry.argument(description="Only this channel's.")
        ] = None,
        state: Annotated[
            models.WorkState, strawberry.argument(description="Only work in this state.")
        ] = models.WorkState.OPEN,
        first: First = 20,
        after: After = None,
    ) -> Connection[Work] | None:
        wanted = None if channel_code is None else checked_code(channel_code, "channelCode")
        async with info.context.db.reading() as session:
            found = await queries.inbox(
                session,
                await seen(session, info),
                channel_code=wanted,
                state=state,
                first=first,
                after=after,
            )
        return Connection.of(found, Work.of)


@strawberry.type
class WorkMutation:
    @strawberry.mutation(
        extensions=[Roles(*WORKERS)],
        description="Take a task for 15 minutes, then it goes back; claimed again by the same "
        "person it is theirs for another 15. Of many at once one gets it.",
    )
    async def claim_task(self, info: Info, task_id: UUID) -> ClaimTaskResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            work = await commands.claim_work(
                session, task_id, by=caller.subject, seen=await seen(session, info)
            )
        return TaskWasClaimed(work=Work.of(work))

    @strawberry.mutation(
        extensions=[Roles(*WORKERS)],
        description="Say what came of a claimed task: presented may be followed by another "
        "outcome, the others are final. The same again changes nothing. Announces "
        "channel.task.progressed.",
    )
    async def report_outcome(
        self,
        info: Info,
        task_id: UUID,
        outcome: models.WorkOutcome,
        reason: Annotated[
            str | None, strawberry.argument(description="Up to 500 characters.")
        ] = None,
    ) -> ReportOutcomeResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            work = await commands.report_outcome(
                session,
                task_id,
                outcome,
                reason=reason,
                by=caller.subject,
                seen=await seen(session, info),
            )
        return OutcomeWasReported(work=Work.of(work))
