"""What merges look like in the graph: what was done, what gave way, what would be."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.attributes.models import as_text
from customer.identifiers.models import masked, masked_name
from customer.merging import models
from customer.merging.models import MergeRule
from customer.profiles.graph.customer import Customer
from customer.sight import SIGHT
from kit.graph.context import Info
from kit.graph.personal import PERSONAL
from kit.identity import Caller
from kit.personal.seeing import MASK
from kit.personal.seeing import masked as masked_text

MERGERS: Final = ("front_line", "operator")


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


def lost_in_merge(
    info: Info, survivor_id: UUID, lost: Sequence[Mapping[str, Any]]
) -> list[MergeLoss]:
    """What gave way, as the caller may see it; that they saw it whole is noted."""
    caller = info.context.caller
    if lost and SIGHT.is_whole(caller):
        saw(info.context, survivor_id, "merges")
    return [MergeLoss.of(each, caller) for each in lost]


@strawberry.type(description="Rows that went over with a merge.")
class MovedRows:
    what: str = strawberry.field(description="What they are: a table and its column.")
    rows: int = strawberry.field(description="How many.")


@strawberry.type(description="Two records that became one customer.")
class CustomerMerge:
    row: strawberry.Private[models.CustomerMerge]

    id: UUID = strawberry.field(description="Of this merge.")
    survivor_id: UUID = strawberry.field(description="Whose id stays.")
    absorbed_id: UUID = strawberry.field(description="The id that goes on working as an old one.")
    rule: MergeRule = strawberry.field(description="Why they were taken for one.")
    merged_by: str = strawberry.field(description="Who did it.")
    merged_at: datetime = strawberry.field(description="When.")
    moved: list[MovedRows] = strawberry.field(description="What went over, in this service.")
    undone_by: str | None = strawberry.field(description="Who took it back; null: it stands.")
    undone_at: datetime | None = strawberry.field(description="When it was taken back.")

    @classmethod
    def of(cls, merge: models.CustomerMerge) -> Self:
        return cls(
            row=merge,
            id=merge.id,
            survivor_id=merge.survivor_id,
            absorbed_id=merge.absorbed_id,
            rule=MergeRule(merge.rule),
            merged_by=merge.merged_by,
            merged_at=merge.created_at,
            moved=[MovedRows(what=what, rows=rows) for what, rows in sorted(merge.moved.items())],
            undone_by=merge.undone_by,
            undone_at=merge.undone_at,
        )

    @strawberry.field(description="Why, in words; masked as names are.", directives=[PERSONAL])
    def reason(self, info: Info) -> str:
        return masked_text(self.row.reason, whole=SIGHT.is_whole(info.context.caller)) or ""

    @strawberry.field(
        description="Why it was taken back; masked as names are.", directives=[PERSONAL]
    )
    def undone_for(self, info: Info) -> str | None:
        return masked_text(self.row.undone_for, whole=SIGHT.is_whole(info.context.caller))

    @strawberry.field(
        description="What gave way to the survivor's own; what is personal masked as names are.",
        directives=[PERSONAL],
    )
    def lost(self, info: Info) -> list[MergeLoss]:
        return lost_in_merge(info, self.survivor_id, self.row.lost)


@strawberry.type(description="The two are one customer from now on.")
class CustomersWereMerged:
    merge: CustomerMerge = strawberry.field(description="What was done, and can be taken back.")
    customer: Customer = strawberry.field(description="The survivor.")

    @classmethod
    def of(cls, merge: models.CustomerMerge, survivor: Any, caller: Caller) -> Self:
        return cls(merge=CustomerMerge.of(merge), customer=Customer.of(survivor, caller))


@strawberry.type(description="What a merge would lead to. Nothing is changed.")
class MergePreview:
    customer: Customer = strawberry.field(description="The survivor as they would be.")
    lost: list[MergeLoss] = strawberry.field(description="What would give way to their own.")


def _said(fact: str, value: Any, *, whole: bool) -> str | None:
    """A fact as text, with names and identifiers as the caller may see them."""
    if isinstance(value, dict):
        value = value.get("value", value.get("reason", value.get("expires_at")))
    if value is None or whole:
        return None if value is None else as_text(value)
    if fact == "name":
        return masked_name(str(value))
    if fact.startswith(("attributes.", "special_lists.")):
        return MASK
    scheme = fact.split(".")[1] if fact.startswith("identifiers.") else None
    return masked(scheme, str(value)) if scheme else str(value)
