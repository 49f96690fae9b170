"""Merge candidates in the graph."""

from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from customer.merge_candidates import commands, models, queries
from customer.merge_candidates.models import CandidateState
from customer.profiles.graph.customer import Customer
from customer.profiles.graph.loading import customers_by_ids
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound

JUDGES = ("front_line", "marketer", "operator")

strawberry.enum(
    CandidateState,
    name="MergeCandidateState",
    description="OPEN: nobody has decided. MERGED: they are one. DISMISSED: they are two.",
)


@strawberry.type(description="Two customers who may be one person.")
class MergeCandidate:
    one_id: strawberry.Private[UUID]
    other_id: strawberry.Private[UUID]

    id: UUID = strawberry.field(description="Of this pair.")
    scheme: str = strawberry.field(description="The kind of identifier that both claim.")
    why: str = strawberry.field(description="What happened, for people.")
    state: CandidateState = strawberry.field(description="Whether somebody has decided.")
    proposed_at: datetime = strawberry.field(description="Since when it waits.")
    decided_by: str | None = strawberry.field(description="Who decided.")
    decided_at: datetime | None = strawberry.field(description="When.")
    reason: str | None = strawberry.field(description="Why they decided so.")
    merge_id: UUID | None = strawberry.field(description="The merge it led to.")

    @classmethod
    def of(cls, candidate: models.MergeCandidate) -> Self:
        return cls(
            one_id=candidate.one_id,
            other_id=candidate.other_id,
            id=candidate.id,
            scheme=candidate.scheme,
            why=candidate.why,
            state=CandidateState(candidate.state),
            proposed_at=candidate.created_at,
            decided_by=candidate.decided_by,
            decided_at=candidate.decided_at,
            reason=candidate.reason,
            merge_id=candidate.merge_id,
        )

    @strawberry.field(description="One of the two; null when not in the caller's units.")
    async def one(self, info: Info) -> Customer | None:
        return await _shown(info, self.one_id)

    @strawberry.field(description="The other; null when not in the caller's units.")
    async def other(self, info: Info) -> Customer | None:
        return await _shown(info, self.other_id)


@strawberry.type(description="The two stay two, and are not proposed again.")
class MergeCandidateWasDismissed:
    candidate: MergeCandidate = strawberry.field(description="As decided.")


DismissMergeCandidateResult: TypeAlias = Annotated[
    MergeCandidateWasDismissed | NotFound | Conflict | InvalidInput,
    strawberry.union("DismissMergeCandidateResult"),
]


@strawberry.type
class MergeCandidateQuery:
    @strawberry.field(
        description="Pairs of customers who may be one person, both in the caller's units, "
        "newest first.",
        extensions=[Roles(*JUDGES, "analyst")],
    )
    async def merge_candidates(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        state: Annotated[
            CandidateState, strawberry.argument(description="Open ones, or those decided.")
        ] = CandidateState.OPEN,
    ) -> Connection[MergeCandidate] | None:
        async with info.context.db.reading() as session:
            found = await queries.merge_candidates(
                session, info.context.caller, state, first=first, after=after
            )
        return Connection.of(found, MergeCandidate.of)


@strawberry.type
class MergeCandidateMutation:
    @strawberry.mutation(
        description="The two of a candidate are two people; they are not proposed again.",
        extensions=[Roles(*JUDGES)],
    )
    async def dismiss_merge_candidate(
        self,
        info: Info,
        id: UUID,
        reason: Annotated[
            str, strawberry.argument(description="How you know; 1 to 1,000 characters.")
        ],
    ) -> DismissMergeCandidateResult:
        async with info.context.db.transaction() as session:
            candidate = await commands.dismiss_candidate(session, id, reason, info.context.caller)
        return MergeCandidateWasDismissed(candidate=MergeCandidate.of(candidate))


async def _shown(info: Info, customer_id: UUID) -> Customer | None:
    row = await info.context.loader(customers_by_ids).load(customer_id)
    return Customer.of(row, info.context.caller) if row else None
