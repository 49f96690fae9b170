"""Registering customers, giving them identifiers, and deciding on merge candidates."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

from customer.identifiers import errors
from customer.merge_candidates.graph import MergeCandidate
from customer.merging.graph.refusals import AlreadyMerged, CannotMerge
from customer.merging.graph.types import MERGERS, CustomerMerge, CustomersWereMerged
from customer.profiles.graph.customer import Customer
from customer.profiles.graph.mutations import (
    WRITERS,
    CustomerIdentifierInput,
    CustomerWasChanged,
    IdentifierTaken,
    NewCustomerInput,
    changed,
)
from customer.recognition import commands
from kit.database import AsyncSession
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound

LOOKS: Final = 3
"""It may be given up while one looks, and be somebody else's by the next time."""


@strawberry.type(description="The customer is known from now on.")
class CustomerWasRegistered:
    customer: Customer = strawberry.field(description="As registered.")
    candidates: list[MergeCandidate] = strawberry.field(
        description="Identifiers that were left to others who may be the same person: a person "
        "decides; see mergeCandidates."
    )


@strawberry.type(
    description="The identifier is somebody else's, who may be the same person: it stays theirs, "
    "and a person decides; see mergeCandidates."
)
class MergeWasProposed:
    candidates: list[MergeCandidate] = strawberry.field(description="Whom it is about.")


RegisterCustomerResult: TypeAlias = Annotated[
    CustomerWasRegistered | CustomersWereMerged | IdentifierTaken | InvalidInput,
    strawberry.union("RegisterCustomerResult"),
]
AddIdentifierResult: TypeAlias = Annotated[
    CustomerWasChanged
    | CustomersWereMerged
    | MergeWasProposed
    | IdentifierTaken
    | NotFound
    | InvalidInput,
    strawberry.union("AddIdentifierResult"),
]
AcceptMergeCandidateResult: TypeAlias = Annotated[
    CustomersWereMerged | AlreadyMerged | CannotMerge | NotFound | Conflict | InvalidInput,
    strawberry.union("AcceptMergeCandidateResult"),
]


@strawberry.type
class RecognitionMutation:
    @strawberry.mutation(
        description="Register somebody new in one of the caller's units. An identifier that was "
        "checked for somebody known, too, makes them one customer. Announced as "
        "customer.registered, and customer.merged where they are one.",
        extensions=[Roles(*WRITERS)],
    )
    async def register_customer(
        self, info: Info, input: NewCustomerInput
    ) -> RegisterCustomerResult:
        caller = info.context.caller
        caller.require_unit(input.unit)
        told = input.told()

        async def act(session: AsyncSession) -> commands.Recognised:
            return await commands.register_customer(session, told, caller)

        found = await _or_again(info, act)
        if found.merge is not None:
            return CustomersWereMerged.of(found.merge, found.customer, caller)
        return CustomerWasRegistered(
            customer=Customer.of(found.customer, caller),
            candidates=[MergeCandidate.of(each) for each in found.candidates],
        )

    @strawberry.mutation(
        description="Recognise the customer by one more identifier, or mark one of theirs as "
        "checked. One that was checked for somebody else, too, makes the two one customer. "
        "Announced as customer.changed, and customer.merged where they are one.",
        extensions=[Roles(*WRITERS)],
    )
    async def add_identifier(
        self, info: Info, customer_id: UUID, identifier: CustomerIdentifierInput
    ) -> AddIdentifierResult:
        caller = info.context.caller
        claim = (identifier.scheme, identifier.value)

        async def act(session: AsyncSession) -> commands.Recognised:
            return await commands.add_identifier(
                session, customer_id, claim, caller, verified=identifier.verified
            )

        found = await _or_again(info, act)
        if found.merge is not None:
            return CustomersWereMerged.of(found.merge, found.customer, caller)
        if found.candidates:
            return MergeWasProposed(candidates=[MergeCandidate.of(e) for e in found.candidates])
        return changed(info, found.customer)

    @strawberry.mutation(
        description="The two of a merge candidate are one customer: merge them. "
        "Announced as customer.merged.",
        extensions=[Roles(*MERGERS)],
    )
    async def accept_merge_candidate(
        self,
        info: Info,
        id: UUID,
        reason: Annotated[
            str, strawberry.argument(description="How you know; 1 to 1,000 characters.")
        ],
        survivor_id: Annotated[
            UUID | None,
            strawberry.argument(description="Whose id stays; without, whom we know longer."),
        ] = None,
    ) -> AcceptMergeCandidateResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            merge, survivor = await commands.accept_candidate(
                session, id, survivor_id, reason, caller
            )
        return CustomersWereMerged(
            merge=CustomerMerge.of(merge), customer=Customer.of(survivor, caller)
        )


async def _or_again(
    info: Info, act: Callable[[AsyncSession], Awaitable[commands.Recognised]]
) -> commands.Recognised:
    """Whoever was beaten to an identifier, or found it given up, looks again whose it is."""
    for _ in range(LOOKS - 1):
        with suppress(errors.IdentifierTaken):
            async with info.context.db.transaction() as session:
                return await act(session)
    async with info.context.db.transaction() as session:
        return await act(session)
