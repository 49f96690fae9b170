"""Complaints, their rules, and how they are found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.complaints import models, queries
from customer.sight import SIGHT
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import PERSONAL, People
from kit.models import utcnow
from kit.personal.seeing import masked

STAFF: Final = ("front_line", "marketer", "operator")
READERS: Final = (*STAFF, "analyst", "customer")
ComplaintId: TypeAlias = Annotated[UUID, strawberry.argument(description="Which complaint.")]
strawberry.enum(models.ComplaintState, description="Open, or closed with a resolution.")


@strawberry.type(description="How soon complaints of a category are to be resolved.")
class ComplaintRule:
    category: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="For people.")
    hours_to_resolve: int = strawberry.field(description="From opening or reopening on.")
    warning_hours: int = strawberry.field(description="Before the deadline.")
    owner: str = strawberry.field(description="Whose they are at first.")

    @classmethod
    def of(cls, rule: models.ComplaintRule) -> Self:
        names = ("category", "name", "hours_to_resolve", "warning_hours", "owner")
        return cls(**{name: getattr(rule, name) for name in names})


@strawberry.type(description="One thing that happened to a complaint.")
class ComplaintStep:
    what: str = strawberry.field(description="opened, assigned, escalated, closed or reopened.")
    by: str = strawberry.field(description="Who did it; platform when nobody had to.")
    note: str = strawberry.field(description="To whom, how far, why.")
    at: datetime = strawberry.field(description="When.")


@strawberry.type(description="Something a customer is not content with.")
class Complaint:
    row: strawberry.Private[models.Complaint]

    id: UUID = strawberry.field(description="Its id.")
    customer_id: UUID = strawberry.field(description="Whose it is.")
    unit: str = strawberry.field(description="The customer's OrgUnit.")
    category: str = strawberry.field(description="What it is about.")
    state: models.ComplaintState = strawberry.field(description="Open or closed.")
    owner: str = strawberry.field(description="Who sees to it.")
    deadline: datetime = strawberry.field(description="Until when it is to be resolved.")
    overdue: bool = strawberry.field(description="Open, and past its deadline.")
    channel_code: str | None = strawberry.field(description="Where it was said.")
    touchpoint_id: UUID | None = strawberry.field(description="The touchpoint it is about.")
    task_id: UUID | None = strawberry.field(description="The task it is about.")
    campaign_id: UUID | None = strawberry.field(description="The campaign it is about.")
    opened_by: str = strawberry.field(description="Who took it down.")
    opened_at: datetime = strawberry.field(description="When.")
    closed_at: datetime | None = strawberry.field(description="When; null while open.")
    times_reopened: int = strawberry.field(description="How often it was closed in vain.")

    @classmethod
    def of(cls, complaint: models.Complaint) -> Self:
        is_open = complaint.state == models.ComplaintState.OPEN
        return cls(
            row=complaint,
            **{name: getattr(complaint, name) for name in PLAIN},
            state=models.ComplaintState(complaint.state),
            overdue=is_open and complaint.deadline <= utcnow(),
            opened_at=complaint.created_at,
        )

    @strawberry.field(
        description="In the customer's words. Whole for those who see names whole; masked for "
        "everybody else, whoever owns it.",
        directives=[PERSONAL],
    )
    def words(self, info: Info) -> str:
        return self._told(info, self.row.words) or ""

    @strawberry.field(
        description="How it was resolved; null while open. Masked as the words are.",
        directives=[PERSONAL],
    )
    def resolution(self, info: Info) -> str | None:
        return self._told(info, self.row.resolution)

    @strawberry.field(
        description="What happened to it, oldest first; what was said of it masked as the words "
        "are.",
        extensions=[Roles(*READERS)],
        directives=[PERSONAL],
    )
    async def history(self, info: Info) -> list[ComplaintStep] | None:
        steps = await info.context.loader(_steps).load(self.id)
        return [
            ComplaintStep(what=e.what, by=e.by, note=self._note(info, e), at=e.created_at)
            for e in steps
        ]

    def _note(self, info: Info, step: models.ComplaintStep) -> str:
        if step.what in PLAIN_STEPS:
            return step.note
        return self._told(info, step.note) or ""

    def _told(self, info: Info, text: str | None) -> str | None:
        whole = SIGHT.is_whole(info.context.caller)
        if whole and text:
            saw(info.context, self.customer_id, "complaints")
        return masked(text, whole=whole)


PLAIN_STEPS: Final = frozenset({"assigned", "escalated"})
"""Steps whose note is a colleague or a level, and nobody's words."""
PLAIN: Final = (
    "id",
    "customer_id",
    "unit",
    "category",
    "owner",
    "deadline",
    "channel_code",
    "touchpoint_id",
    "task_id",
    "campaign_id",
    "opened_by",
    "closed_at",
    "times_reopened",
)


async def _steps(context: Context, ids: Sequence[UUID]) -> list[list[models.ComplaintStep]]:
    async with context.db.reading() as session:
        found = await queries.steps_of(session, ids)
    return [found[each] for each in ids]


@strawberry.type
class ComplaintQuery:
    @strawberry.field(
        description="One complaint; null when there is none that the caller may see.",
        extensions=[Roles(*READERS), People(saw, "complaints", person="customer_id")],
    )
    async def complaint(self, info: Info, id: ComplaintId) -> Complaint | None:
        async with info.context.db.reading() as session:
            found = await queries.complaint_by_id(session, id, info.context.caller)
        return Complaint.of(found) if found else None

    @strawberry.field(
        description="The complaints in the caller's units, newest first; customers see their own.",
        extensions=[Roles(*READERS), People(saw, "complaints", person="customer_id")],
    )
    async def complaints(
        self,
        info: Info,
        customer_id: Annotated[UUID | None, strawberry.argument(description="Only theirs.")] = None,
        state: Annotated[
            models.ComplaintState | None, strawberry.argument(description="Only in this state.")
        ] = None,
        owner: Annotated[str | None, strawberry.argument(description="Only whose it is.")] = None,
        category: Annotated[str | None, strawberry.argument(description="Only of this.")] = None,
        overdue: Annotated[
            bool, strawberry.argument(description="Only open ones past their deadline.")
        ] = False,
        first: First = 20,
        after: After = None,
    ) -> Connection[Complaint] | None:
        wanted = queries.Wanted(customer_id, state, owner, category, overdue)
        async with info.context.db.reading() as session:
            found = await queries.complaints(
                session, info.context.caller, wanted, first=first, after=after
            )
        return Connection.of(found, Complaint.of)

    @strawberry.field(
        description="How soon complaints are to be resolved, by category.",
        extensions=[Roles(*READERS)],
    )
    async def complaint_rules(self, info: Info) -> list[ComplaintRule] | None:
        async with info.context.db.reading() as session:
            return [ComplaintRule.of(each) for each in await queries.rules(session)]
