"""Merges in the graph: what one would lead to, doing it, and taking it back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Self, TypeAlias
from uuid import UUID

import strawberry

from customer.identifiers.models import masked, masked_name
from customer.identifiers.queries import old_ids
from customer.merging import commands, errors, models, previewing, queries
from customer.merging.models import MergeRule
from customer.profiles.graph.customer import Customer
from customer.profiles.queries import customer_by_id, may_see
from customer.sight import SIGHT
from kit.errors import NotFound as NoSuch
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound, Refusal, answers
from kit.identity import Caller
from kit.personal.seeing import MASK

MERGERS: Final = ("front_line", "operator")
AUDITORS: Final = ("front_line", "marketer", "operator", "analyst")

strawberry.enum(
    MergeRule,
    name="MergeRule",
    description="HAND: a person merged them. VERIFIED_IDENTIFIER: one identifier was checked for "
    "both. CANDIDATE: a person accepted a candidate.",
)


@strawberry.type(description="A fact of the absorbed that gave way to the survivor's own.")
class MergeLoss:
    fact: str = strawberry.field(description="Which, such as attributes.plan or tags.vip.")
    kept: str | None = strawberry.field(description="What the survivor has.")
    lost: str | None = strawberry.field(description="What the absorbed had.")

    @classmethod
    def of(cls, loss: Mapping[str, Any], caller: Caller) -> Self:
        whole = SIGHT.is_whole(caller)
        kept, lost = (_said(loss["fact"], loss[side], whole=whole) for side in ("kept", "lost"))
        return cls(fact=loss["fact"], kept=kept, lost=lost)


@strawberry.type(description="Rows that went over with a merge.")
class MovedRows:
    what: str = strawberry.field(description="What they are: a table and its column.")
    rows: int = strawberry.field(description="How many.")


@strawberry.type(description="Two records that became one customer.")
class CustomerMerge:
    id: UUID = strawberry.field(description="Of this merge.")
    survivor_id: UUID = strawberry.field(description="Whose id stays.")
    absorbed_id: UUID = strawberry.field(description="The id that goes on working as an old one.")
    rule: MergeRule = strawberry.field(description="Why they were taken for one.")
    reason: str = strawberry.field(description="The same, in words.")
    merged_by: str = strawberry.field(description="Who did it.")
    merged_at: datetime = strawberry.field(description="When.")
    lost: list[MergeLoss] = strawberry.field(description="What gave way to the survivor's own.")
    moved: list[MovedRows] = strawberry.field(description="What went over, in this service.")
    undone_by: str | None = strawberry.field(description="Who took it back; null: it stands.")
    undone_at: datetime | None = strawberry.field(description="When it was taken back.")
    undone_for: str | None = strawberry.field(description="Why it was taken back.")

    @classmethod
    def of(cls, merge: models.CustomerMerge, caller: Caller) -> Self:
        return cls(
            id=merge.id,
            survivor_id=merge.survivor_id,
            absorbed_id=merge.absorbed_id,
            rule=MergeRule(merge.rule),
            reason=merge.reason,
            merged_by=merge.merged_by,
            merged_at=merge.created_at,
            lost=[MergeLoss.of(each, caller) for each in merge.lost],
            moved=[MovedRows(what=what, rows=rows) for what, rows in sorted(merge.moved.items())],
            undone_by=merge.undone_by,
            undone_at=merge.undone_at,
            undone_for=merge.undone_for,
        )


@strawberry.type(description="The two are one customer from now on.")
class CustomersWereMerged:
    merge: CustomerMerge = strawberry.field(description="What was done, and can be taken back.")
    customer: Customer = strawberry.field(description="The survivor.")

    @classmethod
    def of(cls, merge: models.CustomerMerge, survivor: Any, caller: Caller) -> Self:
        return cls(merge=CustomerMerge.of(merge, caller), customer=Customer.of(survivor, caller))


@strawberry.type(description="The two are two customers again.")
class CustomersWereUnmerged:
    merge: CustomerMerge = strawberry.field(description="What was taken back.")
    customer: Customer = strawberry.field(description="The survivor, as they are now.")
    restored: Customer = strawberry.field(description="The one who was absorbed.")


@strawberry.type(description="What a merge would lead to. Nothing is changed.")
class MergePreview:
    customer: Customer = strawberry.field(description="The survivor as they would be.")
    lost: list[MergeLoss] = strawberry.field(description="What would give way to their own.")


@strawberry.type(description="These two can't be one customer.")
class CannotMerge(Refusal):
    pass


@strawberry.type(description="One of the records is part of another already.")
class AlreadyMerged(Refusal):
    survivor_id: UUID = strawberry.field(description="Whom it is part of.")


@strawberry.type(description="The merge can't be taken back as things are.")
class MergeNotUndone(Refusal):
    pass


MergeCustomersResult: TypeAlias = Annotated[
    CustomersWereMerged | AlreadyMerged | CannotMerge | NotFound | InvalidInput,
    strawberry.union("MergeCustomersResult"),
]
UnmergeCustomersResult: TypeAlias = Annotated[
    CustomersWereUnmerged | MergeNotUndone | Conflict | NotFound | InvalidInput,
    strawberry.union("UnmergeCustomersResult"),
]
MergePreviewResult: TypeAlias = Annotated[
    MergePreview | AlreadyMerged | CannotMerge | NotFound | InvalidInput,
    strawberry.union("MergePreviewResult"),
]


@strawberry.input(description="Two records of one person.")
class MergeCustomersInput:
    survivor_id: UUID = strawberry.field(description="Whose id and own facts stay.")
    absorbed_id: UUID = strawberry.field(description="Who is taken into the survivor.")
    reason: str = strawberry.field(description="How you know; 1 to 1,000 characters.")


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
            lost=[MergeLoss.of(each, caller) for each in lost],
        )

    @strawberry.field(
        description="Merges, also those taken back, newest first: of one customer, or all whose "
        "two records were in the caller's units.",
        extensions=[Roles(*AUDITORS)],
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
        return Connection.of(found, lambda merge: CustomerMerge.of(merge, caller))


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
            merge=CustomerMerge.of(merge, caller),
            customer=Customer.of(survivor, caller),
            restored=Customer.of(restored, caller),
        )


def _said(fact: str, value: Any, *, whole: bool) -> str | None:
    """A fact as text, with names and identifiers as the caller may see them."""
    if isinstance(value, dict):
        value = value.get("value", value.get("reason", value.get("expires_at")))
    if value is None or whole:
        return None if value is None else str(value)
    if fact == "name":
        return masked_name(str(value))
    if fact.startswith(("attributes.", "special_lists.")):
        return MASK
    scheme = fact.split(".")[1] if fact.startswith("identifiers.") else None
    return masked(scheme, str(value)) if scheme else str(value)


answered = [
    answers(errors.CannotMerge, CannotMerge),
    answers(errors.AlreadyMerged, AlreadyMerged),
    answers(errors.MergeNotUndone, MergeNotUndone),
]
