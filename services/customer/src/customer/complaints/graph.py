"""Complaints in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from customer.complaints import commands, errors, models, queries
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.refusals import IdempotencyKeyReused, InvalidInput, NotFound, Refusal, answers
from kit.models import utcnow

STAFF: Final = ("front_line", "marketer", "operator")
READERS: Final = (*STAFF, "analyst", "customer")
strawberry.enum(models.ComplaintState, description="Open, or closed with a resolution.")


@strawberry.input(description="What a customer complains of.")
class ComplaintInput:
    category: str = strawberry.field(description="One that complaintRules lists.")
    words: str = strawberry.field(description="In their words; 1 to 4,000 characters.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client; a repeat gets the complaint that is there."
    )
    owner: str | None = strawberry.field(
        default=None, description="Whose it is; null: who the category's rule says."
    )
    channel_code: str | None = strawberry.field(default=None, description="Where it was said.")
    touchpoint_id: UUID | None = strawberry.field(
        default=None, description="The touchpoint it is about."
    )
    task_id: UUID | None = strawberry.field(default=None, description="The task it is about.")
    campaign_id: UUID | None = strawberry.field(
        default=None, description="The campaign it is about."
    )

    def told(self) -> commands.NewComplaint:
        values = {name: value for name, value in vars(self).items() if name != "idempotency_key"}
        return commands.NewComplaint(**values)


@strawberry.input(description="How soon complaints of a category are to be resolved.")
class ComplaintRuleInput:
    category: str = strawberry.field(description="Its code; up to 64 characters.")
    name: str = strawberry.field(description="For people.")
    hours_to_resolve: int = strawberry.field(description="1 to 8,760.")
    warning_hours: int = strawberry.field(
        description="So long before the deadline it is escalated; less than hoursToResolve."
    )
    owner: str = strawberry.field(description="Whose they are at first.")


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
    id: UUID = strawberry.field(description="Its id.")
    customer_id: UUID = strawberry.field(description="Whose it is.")
    unit: str = strawberry.field(description="The customer's OrgUnit.")
    category: str = strawberry.field(description="What it is about.")
    words: str = strawberry.field(description="In the customer's words.")
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
    resolution: str | None = strawberry.field(description="How it was resolved; null while open.")
    closed_at: datetime | None = strawberry.field(description="When; null while open.")
    times_reopened: int = strawberry.field(description="How often it was closed in vain.")

    @classmethod
    def of(cls, complaint: models.Complaint) -> Self:
        is_open = complaint.state == models.ComplaintState.OPEN
        return cls(
            **{name: getattr(complaint, name) for name in PLAIN},
            state=models.ComplaintState(complaint.state),
            overdue=is_open and complaint.deadline <= utcnow(),
            opened_at=complaint.created_at,
        )

    @strawberry.field(
        description="What happened to it, oldest first.", extensions=[Roles(*READERS)]
    )
    async def history(self, info: Info) -> list[ComplaintStep] | None:
        steps = await info.context.loader(_steps).load(self.id)
        return [
            ComplaintStep(what=each.what, by=each.by, note=each.note, at=each.created_at)
            for each in steps
        ]


PLAIN: Final = (
    "id",
    "customer_id",
    "unit",
    "category",
    "words",
    "owner",
    "deadline",
    "channel_code",
    "touchpoint_id",
    "task_id",
    "campaign_id",
    "opened_by",
    "resolution",
    "closed_at",
    "times_reopened",
)


async def _steps(context: Context, ids: Sequence[UUID]) -> list[list[models.ComplaintStep]]:
    async with context.db.reading() as session:
        found = await queries.steps_of(session, ids)
    return [found[each] for each in ids]


@strawberry.type(description="The complaint is open, with an owner and a deadline.")
class ComplaintWasOpened:
    complaint: Complaint = strawberry.field(description="As it is now.")


@strawberry.type(description="What was asked for holds of the complaint now.")
class ComplaintWasChanged:
    complaint: Complaint = strawberry.field(description="As it is now.")


@strawberry.type(description="The rule holds for complaints opened or reopened from now on.")
class ComplaintRuleWasSet:
    rule: ComplaintRule = strawberry.field(description="As it is now.")


@strawberry.type(description="The complaint is closed.")
class ComplaintIsClosed(Refusal):
    pass


@strawberry.type(description="The complaint is open.")
class ComplaintIsOpen(Refusal):
    pass


OpenComplaintResult: TypeAlias = Annotated[
    ComplaintWasOpened | IdempotencyKeyReused | NotFound | InvalidInput,
    strawberry.union("OpenComplaintResult"),
]
ChangeComplaintResult: TypeAlias = Annotated[
    ComplaintWasChanged | ComplaintIsClosed | ComplaintIsOpen | NotFound | InvalidInput,
    strawberry.union("ChangeComplaintResult"),
]
SetComplaintRuleResult: TypeAlias = Annotated[
    ComplaintRuleWasSet | InvalidInput, strawberry.union("SetComplaintRuleResult")
]


@strawberry.type
class ComplaintQuery:
    @strawberry.field(
        description="One complaint; null when there is none that the caller may see.",
        extensions=[Roles(*READERS)],
    )
    async def complaint(self, info: Info, id: UUID) -> Complaint | None:
        async with info.context.db.reading() as session:
            found = await queries.complaint_by_id(session, id, info.context.caller)
        return Complaint.of(found) if found else None

    @strawberry.field(
        description="The complaints in the caller's units, newest first; customers see their own.",
        extensions=[Roles(*READERS)],
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


@strawberry.type
class ComplaintMutation:
    @strawberry.mutation(
        description="Open a complaint; its category says until when it is to be resolved and whose "
        "it is. The customer is left alone for the contact policy's cool-down. Announced as "
        "complaint.opened.",
        extensions=[Roles(*STAFF, "customer")],
    )
    async def open_complaint(
        self,
        info: Info,
        customer_id: UUID,
        complaint: Annotated[ComplaintInput, strawberry.argument(description="The complaint.")],
    ) -> OpenComplaintResult:
        async with info.context.db.transaction() as session:
            opened = await commands.open_complaint(
                session,
                customer_id,
                complaint.told(),
                complaint.idempotency_key,
                info.context.caller,
            )
        return ComplaintWasOpened(complaint=Complaint.of(opened))

    @strawberry.mutation(
        description="Give an open complaint to somebody else.", extensions=[Roles(*STAFF)]
    )
    async def assign_complaint(self, info: Info, id: UUID, owner: str) -> ChangeComplaintResult:
        return await _change(info, commands.assign_complaint, id, owner)

    @strawberry.mutation(
        description="Close a complaint with its resolution, 1 to 4,000 characters. Announced as "
        "complaint.closed.",
        extensions=[Roles(*STAFF)],
    )
    async def close_complaint(self, info: Info, id: UUID, resolution: str) -> ChangeComplaintResult:
        return await _change(info, commands.close_complaint, id, resolution)

    @strawberry.mutation(
        description="Open a closed complaint again, with the reason; its deadline counts anew. "
        "Announced as complaint.reopened.",
        extensions=[Roles(*STAFF, "customer")],
    )
    async def reopen_complaint(self, info: Info, id: UUID, reason: str) -> ChangeComplaintResult:
        return await _change(info, commands.reopen_complaint, id, reason)

    @strawberry.mutation(
        description="Say how soon complaints of a category are to be resolved.",
        extensions=[Roles("marketer", "operator")],
    )
    async def set_complaint_rule(
        self,
        info: Info,
        rule: Annotated[ComplaintRuleInput, strawberry.argument(description="The rule.")],
    ) -> SetComplaintRuleResult:
        async with info.context.db.transaction() as session:
            kept = await commands.set_rule(
                session, models.ComplaintRule(**vars(rule)), info.context.caller
            )
        return ComplaintRuleWasSet(rule=ComplaintRule.of(kept))


async def _change(info: Info, command: Any, id: UUID, said: str) -> ComplaintWasChanged:
    async with info.context.db.transaction() as session:
        complaint = await command(session, id, said, info.context.caller)
    return ComplaintWasChanged(complaint=Complaint.of(complaint))


answered = [
    answers(errors.ComplaintIsClosed, ComplaintIsClosed),
    answers(errors.ComplaintIsOpen, ComplaintIsOpen),
]
