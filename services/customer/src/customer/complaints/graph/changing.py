"""Changing complaints through the graph."""

from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry

from customer.complaints import commands, errors, models
from customer.complaints.graph.complaints import STAFF, Complaint, ComplaintId, ComplaintRule
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import IdempotencyKeyReused, InvalidInput, NotFound, Refusal, answers

Owner: TypeAlias = Annotated[
    str, strawberry.argument(description="Who sees to it from now on; 1 to 200 characters.")
]
Resolution: TypeAlias = Annotated[
    str, strawberry.argument(description="How it was resolved; 1 to 4,000 characters.")
]
Reason: TypeAlias = Annotated[
    str, strawberry.argument(description="Why it was not resolved after all.")
]


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
    category: str = strawberry.field(
        description="Its code: up to 64 of a-z, 0-9 and _, beginning with a letter."
    )
    name: str = strawberry.field(description="For people.")
    hours_to_resolve: int = strawberry.field(description="1 to 8,760.")
    warning_hours: int = strawberry.field(
        description="So long before the deadline it is escalated; less than hoursToResolve."
    )
    owner: str = strawberry.field(description="Whose they are at first.")


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
    async def assign_complaint(
        self, info: Info, id: ComplaintId, owner: Owner
    ) -> ChangeComplaintResult:
        return await _change(info, commands.assign_complaint, id, owner)

    @strawberry.mutation(
        description="Close a complaint with its resolution, 1 to 4,000 characters. Announced as "
        "complaint.closed.",
        extensions=[Roles(*STAFF)],
    )
    async def close_complaint(
        self, info: Info, id: ComplaintId, resolution: Resolution
    ) -> ChangeComplaintResult:
        return await _change(info, commands.close_complaint, id, resolution)

    @strawberry.mutation(
        description="Open a closed complaint again, with the reason; its deadline counts anew. "
        "Announced as complaint.reopened.",
        extensions=[Roles(*STAFF, "customer")],
    )
    async def reopen_complaint(
        self, info: Info, id: ComplaintId, reason: Reason
    ) -> ChangeComplaintResult:
        return await _change(info, commands.reopen_complaint, id, reason)

    @strawberry.mutation(
        description="Say how soon complaints of a category are to be resolved, in all units.",
        extensions=[Roles("marketer", "operator", of_all_units=True)],
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
