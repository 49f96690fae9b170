"""What segments look like in the graph."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.profiles.graph.customer import Customer
from customer.profiles.graph.loading import customers_by_ids
from customer.rules.graph import Reckoning, as_json, in_words, reckonings_of
from customer.segments import models, queries
from kit.errors import InvalidInput
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import People

strawberry.enum(
    models.SegmentKind, name="SegmentKind", description="RULE: whom it fits. LIST: who was named."
)
strawberry.enum(
    models.SegmentState, name="SegmentState", description="ACTIVE, or ARCHIVED: empty for good."
)


@strawberry.type(description="Somebody in a segment.")
class SegmentMembership:
    customer_id: UUID = strawberry.field(description="Who.")
    since: datetime = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, member: models.SegmentMember) -> Self:
        return cls(customer_id=member.customer_id, since=member.since)

    @strawberry.field(description="The customer; null when outside of the caller's units.")
    async def customer(self, info: Info) -> Customer | None:
        row = await info.context.loader(customers_by_ids).load(self.customer_id)
        return Customer.of(row, info.context.caller) if row else None


@strawberry.type(description="How a segment grew and shrank on a day (in UTC).")
class SegmentSize:
    day: date = strawberry.field(description="The day.")
    joined: int = strawberry.field(description="How many joined.")
    left: int = strawberry.field(description="How many left.")
    size: int = strawberry.field(description="How many were in it in the end.")


@strawberry.type(description="Who was in a segment at a moment; never changes.")
class SegmentSnapshot:
    id: UUID = strawberry.field(
        description="Its members are at /v1/segment-snapshots/{id}/members, a line each."
    )
    segment_version: int = strawberry.field(description="The segment's version then.")
    size: int = strawberry.field(description="How many they were.")
    taken_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, snapshot: models.SegmentSnapshot) -> Self:
        return cls(
            id=snapshot.id,
            segment_version=snapshot.segment_version,
            size=snapshot.size,
            taken_at=snapshot.created_at,
        )


@strawberry.type(description="Customers of a unit, chosen by a rule or named in a list.")
class Segment:
    id: UUID = strawberry.field(description="Its id.")
    code: str = strawberry.field(description="What people and rules call it.")
    name: str = strawberry.field(description="What it says, for people.")
    unit: str = strawberry.field(description="The OrgUnit whose customers may be in it.")
    kind: models.SegmentKind = strawberry.field(description="By rule, or a list.")
    state: models.SegmentState = strawberry.field(description="Whether it is in use.")
    version: int = strawberry.field(description="One more with every change of the rule.")
    rule: str | None = strawberry.field(description="The rule in words; null for lists.")
    rule_json: str | None = strawberry.field(description="The same as JSON, to be edited again.")

    @classmethod
    def of(cls, segment: models.Segment) -> Self:
        return cls(
            id=segment.id,
            code=segment.code,
            name=segment.name,
            unit=segment.unit,
            kind=models.SegmentKind(segment.kind),
            state=models.SegmentState(segment.state),
            version=segment.version,
            rule=in_words(segment.rule),
            rule_json=as_json(segment.rule),
        )

    @strawberry.field(
        description="How many are in it now. While `reckoning` runs, how many have been found."
    )
    async def size(self, info: Info) -> int:
        return await info.context.loader(sizes_of).load(self.id)

    @strawberry.field(description="How far its rule is with everybody; null for lists.")
    async def reckoning(self, info: Info) -> Reckoning | None:
        return await info.context.loader(reckonings_of).load(self.id)

    @strawberry.field(
        description="Who is in it now, in the order of their ids.",
        extensions=[People(saw, "segments", person="customer_id")],
    )
    async def members(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[SegmentMembership]:
        async with info.context.db.reading() as session:
            found = await queries.members(session, self.id, first=first, after=after)
        return Connection.of(found, SegmentMembership.of)

    @strawberry.field(
        description="The days on which somebody joined or left, the latest last, of the last "
        "`days` (1 to 366)."
    )
    async def history(
        self, info: Info, days: Annotated[int, strawberry.argument(description="1 to 366.")] = 30
    ) -> list[SegmentSize]:
        if not 1 <= days <= queries.LONGEST_HISTORY:
            raise InvalidInput("days", f"is between 1 and {queries.LONGEST_HISTORY}")
        async with info.context.db.reading() as session:
            found = await queries.size_history(session, self.id, days)
        return [
            SegmentSize(day=each.day, joined=each.joined, left=each.left, size=each.size)
            for each in found
        ]

    @strawberry.field(description="The snapshots taken of it, newest first.")
    async def snapshots(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[SegmentSnapshot]:
        async with info.context.db.reading() as session:
            found = await queries.snapshots(session, self.id, first=first, after=after)
        return Connection.of(found, SegmentSnapshot.of)


async def sizes_of(context: Context, ids: Sequence[UUID]) -> list[int]:
    async with context.db.reading() as session:
        found = await queries.sizes(session, ids)
    return [found.get(each, 0) for each in ids]


@strawberry.type(description="What a rule would choose.")
class SegmentPreview:
    chosen: strawberry.Private[Sequence[UUID]]
    count: int = strawberry.field(
        description="How many it fits: counted where `exact`, otherwise estimated from a sample, the "
        "same one each time: as many are asked as it takes to be good to a tenth, some 5,000 to "
        "40,000 of all customers."
    )
    exact: bool = strawberry.field(description="Whether everybody was asked.")
    low: int = strawberry.field(
        description="If estimated: in 19 of 20 cases it fits at least so many."
    )
    high: int = strawberry.field(description="And at most so many.")
    population: int = strawberry.field(
        description="Customers of the unit; estimated where `count` is."
    )

    @strawberry.field(description="Up to 10 of those it fits.")
    async def sample(self, info: Info) -> list[Customer]:
        rows = await info.context.loader(customers_by_ids).load_many(list(self.chosen))
        return [Customer.of(row, info.context.caller) for row in rows if row]


@strawberry.type(description="What two segments have in common.")
class SegmentOverlap:
    one: int = strawberry.field(description="How many are in the first.")
    other: int = strawberry.field(description="How many are in the second.")
    both: int = strawberry.field(description="How many are in both.")
