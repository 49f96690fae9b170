"""Creating, changing and archiving segments, through the graph."""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

from customer.rules.vocabulary import ABOUT
from customer.segments import commands, errors
from customer.segments.graph.types import Segment, SegmentSnapshot
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import InvalidInput, NotFound, Refusal, answers
from kit.predicates.graph import PredicateInput

WRITERS: Final = ("marketer", "operator")


@strawberry.input(description="A segment to be.")
class NewSegmentInput:
    code: str = strawberry.field(description="Up to 63 of a-z, 0-9, _ and -; it never changes.")
    name: str = strawberry.field(description="What it says, for people: 1 to 200 characters.")
    unit: str = strawberry.field(description="The OrgUnit whose customers may be in it.")
    rule: PredicateInput | None = strawberry.field(
        default=None,
        description="Whoever it fits is in the segment; none for a list, whose members are sent to "
        f"/v1/segments/{{id}}/members. At most 8 levels and 200 parts. {ABOUT}",
    )


@strawberry.type(description="The segment is as asked for; a new rule is being asked of everybody.")
class SegmentWasChanged:
    segment: Segment = strawberry.field(description="As it is now.")


@strawberry.type(description="It was taken down who is in the segment.")
class SegmentSnapshotWasTaken:
    snapshot: SegmentSnapshot = strawberry.field(description="What was taken.")


@strawberry.type(description="There is another segment of this code.")
class SegmentCodeTaken(Refusal):
    segment_code: str = strawberry.field(description="The code.")


@strawberry.type(description="The segment is archived.")
class SegmentIsArchived(Refusal):
    segment_code: str = strawberry.field(description="Its code.")


@strawberry.type(
    description="Its rule is being asked of everybody, and some would be missing: ask again when "
    "the segment's reckoning is DONE."
)
class SegmentIsReckoned(Refusal):
    segment_code: str = strawberry.field(description="Its code.")
    evaluated: int = strawberry.field(description="Customers asked so far.")
    population: int = strawberry.field(
        description="Customers of its unit; 0 while it waits for its turn."
    )


CreateSegmentResult: TypeAlias = Annotated[
    SegmentWasChanged | SegmentCodeTaken | InvalidInput, strawberry.union("CreateSegmentResult")
]
ChangeSegmentResult: TypeAlias = Annotated[
    SegmentWasChanged | SegmentIsArchived | NotFound | InvalidInput,
    strawberry.union("ChangeSegmentResult"),
]
ArchiveSegmentResult: TypeAlias = Annotated[
    SegmentWasChanged | NotFound, strawberry.union("ArchiveSegmentResult")
]
TakeSegmentSnapshotResult: TypeAlias = Annotated[
    SegmentSnapshotWasTaken | SegmentIsArchived | SegmentIsReckoned | NotFound,
    strawberry.union("TakeSegmentSnapshotResult"),
]


@strawberry.type
class SegmentMutation:
    @strawberry.mutation(
        description="Create a segment in one of the caller's units. Its rule is asked of every "
        "customer in the background, and from then on of whoever changes. Announced, as "
        "members come and go, as segment.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def create_segment(self, info: Info, input: NewSegmentInput) -> CreateSegmentResult:
        new = commands.NewSegment(
            code=input.code,
            name=input.name,
            unit=input.unit,
            rule=input.rule.tree("rule") if input.rule else None,
        )
        async with info.context.db.transaction() as session:
            segment = await commands.create_segment(session, new, info.context.caller)
        return SegmentWasChanged(segment=Segment.of(segment))

    @strawberry.mutation(
        description="Give a segment another name or rule. Who is in it stays until the new rule was "
        "asked of them. Announced as segment.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def change_segment(
        self,
        info: Info,
        id: UUID,
        name: str | None = None,
        rule: PredicateInput | None = None,
    ) -> ChangeSegmentResult:
        async with info.context.db.transaction() as session:
            segment = await commands.change_segment(
                session, id, name, rule.tree("rule") if rule else None, info.context.caller
            )
        return SegmentWasChanged(segment=Segment.of(segment))

    @strawberry.mutation(
        description="Archive a segment: everybody leaves it in the background, its snapshots stay. "
        "Again changes nothing. Announced as segment.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def archive_segment(self, info: Info, id: UUID) -> ArchiveSegmentResult:
        async with info.context.db.transaction() as session:
            segment = await commands.archive_segment(session, id, info.context.caller)
        return SegmentWasChanged(segment=Segment.of(segment))

    @strawberry.mutation(
        description="Take down who is in a segment now, once its rule was asked of everybody. "
        "Announced as segment.snapshotted.",
        extensions=[Roles(*WRITERS)],
    )
    async def take_segment_snapshot(self, info: Info, id: UUID) -> TakeSegmentSnapshotResult:
        async with info.context.db.transaction() as session:
            snapshot = await commands.take_snapshot(session, id, info.context.caller)
        return SegmentSnapshotWasTaken(snapshot=SegmentSnapshot.of(snapshot))


answered = [
    answers(errors.SegmentCodeTaken, SegmentCodeTaken),
    answers(errors.SegmentIsArchived, SegmentIsArchived),
    answers(errors.SegmentIsReckoned, SegmentIsReckoned),
]
