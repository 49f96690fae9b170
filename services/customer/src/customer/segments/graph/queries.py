"""Finding segments, and seeing what a rule would choose."""

from typing import Annotated, Final
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.profiles import queries as profiles
from customer.rules.vocabulary import ABOUT, checked_rule
from customer.segments import queries
from customer.segments.graph.types import Segment, SegmentOverlap, SegmentPreview, SegmentSnapshot
from customer.segments.preview import preview
from kit.errors import NotFound
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.predicates.graph import PredicateInput
from kit.units import checked_unit

READERS: Final = ("analyst", "approver", "marketer", "operator")


@strawberry.type
class SegmentQuery:
    @strawberry.field(
        description="One segment by id; null when there is none in the caller's units.",
        extensions=[Roles(*READERS)],
    )
    async def segment(self, info: Info, id: UUID) -> Segment | None:
        async with info.context.db.reading() as session:
            try:
                return Segment.of(await queries.segment_by_id(session, id, info.context.caller))
            except NotFound:
                return None

    @strawberry.field(
        description="One segment by code; null when there is none in the caller's units.",
        extensions=[Roles(*READERS)],
    )
    async def segment_by_code(self, info: Info, code: str) -> Segment | None:
        async with info.context.db.reading() as session:
            found = await queries.segment_by_code(session, code, info.context.caller)
        return Segment.of(found) if found else None

    @strawberry.field(
        description="The segments of the caller's units, newest first.",
        extensions=[Roles(*READERS)],
    )
    async def segments(
        self,
        info: Info,
        archived: Annotated[
            bool, strawberry.argument(description="Those that are archived too.")
        ] = False,
        first: First = 20,
        after: After = None,
    ) -> Connection[Segment] | None:
        caller = info.context.caller
        async with info.context.db.reading() as session:
            found = await queries.segments(
                session, caller, archived=archived, first=first, after=after
            )
        return Connection.of(found, Segment.of)

    @strawberry.field(
        description="The segments a customer is in, by code: those of the caller's units. Empty for "
        "a customer the caller may not see.",
        extensions=[Roles(*READERS, "front_line")],
    )
    async def segments_of_customer(self, info: Info, customer_id: UUID) -> list[Segment] | None:
        caller = info.context.caller
        found = await profiles.customers_by_ids(info.context.db, [customer_id])
        row = found.get(customer_id)
        if row is None or not profiles.may_see(caller, row):
            return []
        async with info.context.db.reading() as session:
            segments = await queries.segments_of(session, row.id, caller)
        saw(info.context, row.id, "segments")
        return [Segment.of(each) for each in segments]

    @strawberry.field(
        description="How many of a unit's customers a rule fits, and some of them, without keeping "
        f"anything. A rule that says what it may not is an error that names the place. {ABOUT}",
        extensions=[Roles("analyst", "marketer", "operator")],
    )
    async def segment_preview(
        self,
        info: Info,
        rule: PredicateInput,
        unit: Annotated[
            str | None, strawberry.argument(description="The caller's own unless given.")
        ] = None,
    ) -> SegmentPreview | None:
        caller = info.context.caller
        within = checked_unit(unit or caller.unit or "")
        caller.require_unit(within)
        async with info.context.db.reading() as session:
            checked = await checked_rule(session, rule.tree("rule"))
            found = await preview(session, checked, within)
        return SegmentPreview(
            chosen=found.sample,
            count=found.count,
            exact=found.exact,
            low=found.low,
            high=found.high,
            population=found.population,
        )

    @strawberry.field(
        description="How many two segments have in common; null when the caller may not see one.",
        extensions=[Roles(*READERS)],
    )
    async def segment_overlap(self, info: Info, one: UUID, other: UUID) -> SegmentOverlap | None:
        async with info.context.db.reading() as session:
            try:
                for each in (one, other):
                    await queries.segment_by_id(session, each, info.context.caller)
            except NotFound:
                return None
            sizes = await queries.sizes(session, [one, other])
            both = await queries.overlap(session, one, other)
        return SegmentOverlap(one=sizes.get(one, 0), other=sizes.get(other, 0), both=both)

    @strawberry.field(
        description="A snapshot by id; null when it is of none of the caller's segments.",
        extensions=[Roles(*READERS)],
    )
    async def segment_snapshot(self, info: Info, id: UUID) -> SegmentSnapshot | None:
        async with info.context.db.reading() as session:
            try:
                found = await queries.snapshot_by_id(session, id, info.context.caller)
            except NotFound:
                return None
        return SegmentSnapshot.of(found)
