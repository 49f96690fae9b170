"""Seeing merges, and what one would lead to."""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.identifiers.queries import old_ids
from customer.merging import previewing, queries
from customer.merging.graph.refusals import AlreadyMerged, CannotMerge
from customer.merging.graph.types import MERGERS, CustomerMerge, MergePreview, lost_in_merge
from customer.profiles.graph.customer import Customer
from customer.profiles.queries import customer_by_id, may_see
from kit.errors import NotFound as NoSuch
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.personal import People
from kit.graph.refusals import InvalidInput, NotFound

AUDITORS: Final = ("front_line", "marketer", "operator", "analyst")


MergePreviewResult: TypeAlias = Annotated[
    MergePreview | AlreadyMerged | CannotMerge | NotFound | InvalidInput,
    strawberry.union("MergePreviewResult"),
]


@strawberry.type
class MergingQuery:
    @strawberry.field(
        description="What merging two customers would lead to.", extensions=[Roles(*MERGERS)]
    )
    async def merge_preview(
        self, info: Info, survivor_id: UUID, absorbed_id: UUID
    ) -> MergePreviewResult | None:
        caller = info.context.caller
        async with info.context.db.reading() as session:
            survivor, lost = await previewing.preview(session, survivor_id, absorbed_id, caller)
        return MergePreview(
            customer=Customer.of(survivor, caller),
            lost=lost_in_merge(info, survivor.id, lost),
        )

    @strawberry.field(
        description="Merges, also those taken back, newest first: of one customer, or all whose "
        "two records were in the caller's units.",
        extensions=[Roles(*AUDITORS), People(saw, "merges", person="survivor_id")],
    )
    async def customer_merges(
        self, info: Info, customer_id: UUID | None = None, first: First = 20, after: After = None
    ) -> Connection[CustomerMerge] | None:
        caller = info.context.caller
        async with info.context.db.reading() as session:
            if customer_id is None:
                found = await queries.merges_in(session, caller, first=first, after=after)
            else:
                customer = await customer_by_id(session, customer_id)
                if customer is None or not may_see(caller, customer):
                    raise NoSuch("customer", customer_id)
                others = await old_ids(session, [customer.id])
                ids = [customer.id, *others[customer.id]]
                found = await queries.merges_of(session, ids, first=first, after=after)
        return Connection.of(found, CustomerMerge.of)
