"""What is to be handed out, in the graph: for outlets, and for who watches them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement

from channel.accesses.noting import saw_in_passing
from channel.fulfilments import commands, models, queries
from channel.fulfilments.models import HandoutOutcome
from channel.fulfilments.refusals import (
    FulfilmentIsOver,
    FulfilmentNotClaimed,
    FulfilmentTakenByAnother,
)
from channel.partners.queries import acting_partner
from kit.database import AsyncSession
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import People
from kit.graph.refusals import InvalidInput, NotFound
from kit.graph.scalars import Money, money
from kit.models import utcnow

READERS = ("front_line", "analyst", "operator", "partner")
WORKERS = ("front_line", "operator", "partner")


@strawberry.type(description="One thing that happened to what is handed out.")
class FulfilmentWorkStep:
    what: str = strawberry.field(description="requested, claimed, completed or failed.")
    by: str | None = strawberry.field(description="Who did it; null if nobody had to.")
    reason: str = strawberry.field(description="Why it failed; or empty.")
    reference: str = strawberry.field(description="The receipt's or serial number; or empty.")
    at: datetime = strawberry.field(description="When.")


@strawberry.federation.type(keys=["id"], description="Something that a customer is owed.")
class Fulfilment:
    id: UUID = strawberry.field(description="The fulfilment's id.")

    @classmethod
    def resolve_reference(cls, info: Info, id: str) -> "Fulfilment":
        return cls(id=UUID(id))

    @strawberry.field(
        extensions=[Roles(*READERS), People(saw_in_passing, "fulfilments", person="customer_id")],
        description="How far handing it out is; null before it came in, and for units and "
        "partners that are not the caller's.",
    )
    async def work(self, info: Info) -> "FulfilmentWork | None":
        work = await info.context.loader(work_on).load(self.id)
        return FulfilmentWork.of(work) if work else None


@strawberry.type(description="Something to be handed out to a customer.")
class FulfilmentWork:
    fulfilment: Fulfilment = strawberry.field(description="What the customer is owed.")
    customer_id: UUID = strawberry.field(description="Who is to get it.")
    unit: str = strawberry.field(description="The customer's unit, as a path; or empty.")
    kind: models.HandoutKind = strawberry.field(description="What kind of thing it is.")
    title: str = strawberry.field(description="What it is, in a line.")
    reward_code: str = strawberry.field(description="The reward's code; empty without one.")
    quantity: int = strawberry.field(description="How many.")
    amount: Money | None = strawberry.field(
        description="What a top-up or a cash-back is worth, all of `quantity`; null for things."
    )
    partner_code: str | None = strawberry.field(
        description="The partner who hands it out; null when our own people do."
    )
    attempt: int = strawberry.field(description="How often it was asked for, from 1.")
    requested_at: datetime = strawberry.field(description="When it was asked for, the last time.")
    state: models.HandoutState = strawberry.field(description="How far it is.")
    claimed_by: str | None = strawberry.field(description="Who has taken it, or handed it out.")
    lease_until: datetime | None = strawberry.field(
        description="Until when it is theirs; then others may take it."
    )
    reference: str = strawberry.field(description="The receipt's or serial number; or empty.")
    reason: str = strawberry.field(description="Why it failed; or empty.")
    ended_at: datetime | None = strawberry.field(description="When it was completed or failed.")
    history: list[FulfilmentWorkStep] = strawberry.field(description="Oldest step first.")
    row: strawberry.Private[models.FulfilmentWork]

    @strawberry.field(
        description="Whether it is the caller's to claim and to end: a partner's reward is the "
        "partner's, or an operator's who puts it right; cash-back is paid in batches, by finance."
    )
    def may_claim(self, info: Info) -> bool:
        return queries.does(info.context.caller, self.row)

    @classmethod
    def of(cls, work: models.FulfilmentWork) -> Self:
        state = work.state_at(utcnow())
        free = state == models.HandoutState.OPEN
        plain = ("customer_id", "unit", "title", "reward_code", "quantity", "partner_code")
        ended = ("attempt", "requested_at", "reference", "reason", "ended_at")
        return cls(
            **{name: getattr(work, name) for name in (*plain, *ended)},
            fulfilment=Fulfilment(id=work.id),
            kind=models.HandoutKind(work.kind),
            amount=money(work.amount_minor, work.currency) if work.amount_minor else None,
            row=work,
            state=state,
            claimed_by=None if free else work.claimed_by,
            lease_until=None if free else work.lease_until,
            history=[
                FulfilmentWorkStep(
                    what=each["what"],
                    by=each["by"],
                    reason=each["reason"],
                    reference=each["reference"],
                    at=datetime.fromisoformat(each["at"]),
                )
                for each in work.history
            ],
        )


async def work_on(context: Context, ids: Sequence[UUID]) -> list[models.FulfilmentWork | None]:
    async with context.db.reading() as session:
        found = await queries.work_on(session, ids, await _seen(session, context))
    return [found.get(each) for each in ids]


async def _seen(session: AsyncSession, context: Context) -> ColumnElement[bool]:
    return queries.seen_by(context.caller, await _partner(session, context))


async def _theirs(session: AsyncSession, context: Context) -> ColumnElement[bool]:
    return queries.done_by(context.caller, await _partner(session, context))


async def _partner(session: AsyncSession, context: Context) -> str | None:
    """The partner for whom the caller acts, whose token says that it may."""
    partner = await acting_partner(session, context.caller)
    if partner is None:
        return None
    context.caller.require_scope("fulfilments:work")
    return partner.code


@strawberry.type(description="The fulfilment is the caller's, for the time of the lease.")
class FulfilmentWasClaimed:
    work: FulfilmentWork = strawberry.field(description="It, as it is now.")


@strawberry.type(description="What came of the fulfilment is known.")
class FulfilmentWasEnded:
    work: FulfilmentWork = strawberry.field(description="It, as it is now.")


ClaimFulfilmentResult: TypeAlias = Annotated[
    FulfilmentWasClaimed | FulfilmentIsOver | FulfilmentTakenByAnother | NotFound,
    strawberry.union("ClaimFulfilmentResult"),
]
EndFulfilmentResult: TypeAlias = Annotated[
    FulfilmentWasEnded
    | FulfilmentIsOver
    | FulfilmentTakenByAnother
    | FulfilmentNotClaimed
    | InvalidInput
    | NotFound,
    strawberry.union("EndFulfilmentResult"),
]


@strawberry.type
class FulfilmentsQuery:
    @strawberry.field(
        extensions=[Roles(*READERS), People(saw_in_passing, "fulfilments", person="customer_id")],
        description="What is to be handed out to customers of the caller's unit, or by the caller "
        "as a partner (scope fulfilments:work); what was asked for first coming first.",
    )
    async def fulfilment_work(
        self,
        info: Info,
        state: Annotated[
            models.HandoutState, strawberry.argument(description="Only those so far.")
        ] = models.HandoutState.OPEN,
        kind: Annotated[
            models.HandoutKind | None, strawberry.argument(description="Only things of this kind.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[FulfilmentWork] | None:
        async with info.context.db.reading() as session:
            found = await queries.fulfilment_work(
                session,
                await _seen(session, info.context),
                state=state,
                kind=kind,
                first=first,
                after=after,
            )
        return Connection.of(found, FulfilmentWork.of)


@strawberry.type
class FulfilmentsMutation:
    @strawberry.mutation(
        extensions=[Roles(*WORKERS)],
        description="Take a fulfilment for 15 minutes, then others may; claimed again by the same "
        "person it is theirs for another 15. Of many at once one gets it. NotFound for what is "
        "not theirs (`mayClaim`).",
    )
    async def claim_fulfilment(self, info: Info, id: UUID) -> ClaimFulfilmentResult:
        context = info.context
        async with context.db.transaction() as session:
            theirs = await _theirs(session, context)
            work = await commands.claim_fulfilment(
                session, id, by=context.caller.subject, theirs=theirs
            )
        return FulfilmentWasClaimed(work=FulfilmentWork.of(work))

    @strawberry.mutation(
        extensions=[Roles(*WORKERS)],
        description="Say that the customer has got a claimed fulfilment; the same again changes "
        "nothing. Announces channel.fulfilment.completed.",
    )
    async def complete_fulfilment(
        self,
        info: Info,
        id: UUID,
        reference: Annotated[
            str,
            strawberry.argument(
                description="The receipt's or serial number, up to 100 characters."
            ),
        ] = "",
    ) -> EndFulfilmentResult:
        return await _end(info, id, HandoutOutcome.COMPLETED, reference=reference)

    @strawberry.mutation(
        extensions=[Roles(*WORKERS)],
        description="Say that a claimed fulfilment can't be handed out; the same again changes "
        "nothing. Announces channel.fulfilment.failed.",
    )
    async def fail_fulfilment(
        self,
        info: Info,
        id: UUID,
        reason: Annotated[str, strawberry.argument(description="Why, up to 500 characters.")],
    ) -> EndFulfilmentResult:
        return await _end(info, id, HandoutOutcome.FAILED, reason=reason)


async def _end(
    info: Info, fulfilment_id: UUID, outcome: HandoutOutcome, **said: str
) -> FulfilmentWasEnded:
    context = info.context
    async with context.db.transaction() as session:
        work = await commands.end_fulfilment(
            session,
            fulfilment_id,
            outcome,
            by=context.caller.subject,
            theirs=await _theirs(session, context),
            **said,
        )
    return FulfilmentWasEnded(work=FulfilmentWork.of(work))
