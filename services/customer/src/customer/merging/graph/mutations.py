"""Merging, and taking it back."""

from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from customer.merging import commands
from customer.merging.graph.refusals import AlreadyMerged, CannotMerge, MergeNotUndone
from customer.merging.graph.types import MERGERS, CustomerMerge, CustomersWereMerged
from customer.merging.models import MergeRule
from customer.profiles.graph.customer import Customer
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound


@strawberry.type(description="The two are two customers again.")
class CustomersWereUnmerged:
    merge: CustomerMerge = strawberry.field(description="What was taken back.")
    customer: Customer = strawberry.field(description="The survivor, as they are now.")
    restored: Customer = strawberry.field(description="The one who was absorbed.")


MergeCustomersResult: TypeAlias = Annotated[
    CustomersWereMerged | AlreadyMerged | CannotMerge | NotFound | InvalidInput,
    strawberry.union("MergeCustomersResult"),
]


UnmergeCustomersResult: TypeAlias = Annotated[
    CustomersWereUnmerged | MergeNotUndone | Conflict | NotFound | InvalidInput,
    strawberry.union("UnmergeCustomersResult"),
]


@strawberry.input(description="Two records of one person.")
class MergeCustomersInput:
    survivor_id: UUID = strawberry.field(description="Whose id and own facts stay.")
    absorbed_id: UUID = strawberry.field(description="Who is taken into the survivor.")
    reason: str = strawberry.field(description="How you know; 1 to 1,000 characters.")


@strawberry.type
class MergingMutation:
    @strawberry.mutation(
        description="Make two records of one person one customer: everything of both stays, in "
        "every service, and the absorbed id goes on working. Announced as customer.merged.",
        extensions=[Roles(*MERGERS)],
    )
    async def merge_customers(self, info: Info, input: MergeCustomersInput) -> MergeCustomersResult:
        caller = info.context.caller
        wanted = commands.Wanted(input.survivor_id, input.absorbed_id, MergeRule.HAND, input.reason)
        async with info.context.db.transaction() as session:
            merge, survivor = await commands.merge_customers(session, wanted, caller)
        return CustomersWereMerged.of(merge, survivor, caller)

    @strawberry.mutation(
        description="Take a merge back: what came with it goes back, in every service; what came "
        "since stays with the survivor. Announced as customer.unmerged.",
        extensions=[Roles(*MERGERS)],
    )
    async def unmerge_customers(
        self,
        info: Info,
        merge_id: UUID,
        reason: Annotated[
            str, strawberry.argument(description="How you know; 1 to 1,000 characters.")
        ],
    ) -> UnmergeCustomersResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            merge, survivor, restored = await commands.unmerge_customers(
                session, merge_id, reason, caller
            )
        return CustomersWereUnmerged(
            merge=CustomerMerge.of(merge),
            customer=Customer.of(survivor, caller),
            restored=Customer.of(restored, caller),
        )
