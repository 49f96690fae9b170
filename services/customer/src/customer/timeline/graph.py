"""Timeline entries in the graph."""

from datetime import date, datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from customer.timeline import models, queries, retention
from customer.timeline.masking import hide_personal
from customer.timeline.months import MONTHS
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import InvalidInput
from kit.months import StoredMonth


@strawberry.type(description="One particular of an entry.")
class TimelineDetail:
    name: str = strawberry.field(description="What it says something about.")
    value: str = strawberry.field(
        description="What it says; *** where it is personal and the caller sees no names either."
    )


@strawberry.type(description="One thing that happened with a customer.")
class TimelineEntry:
    id: UUID = strawberry.field(description="The id of the event that reported it.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    kind: str = strawberry.field(
        description=f"{', '.join(models.KINDS[:-1])} or {models.KINDS[-1]}."
    )
    source: str = strawberry.field(description="The service that reported it.")
    title: str = strawberry.field(description="It, in one line for people.")
    details: list[TimelineDetail] = strawberry.field(description="The particulars, in order.")

    @classmethod
    def of(cls, entry: models.TimelineEntry, *, whole: bool) -> Self:
        told = entry.details if whole else hide_personal(entry.kind, entry.details)
        return cls(
            id=entry.id,
            occurred_at=entry.occurred_at,
            kind=entry.kind,
            source=entry.source,
            title=entry.title,
            details=[TimelineDetail(name=name, value=value) for name, value in told],
        )


@strawberry.type(description="For how long entries of a kind are kept.")
class TimelineRetention:
    kind: str | None = strawberry.field(description="Null: all kinds that are not named.")
    months: int = strawberry.field(description="So many whole months before this one.")
    set_by: str = strawberry.field(description="Who said so.")
    set_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, policy: models.TimelineRetention) -> Self:
        return cls(
            kind=None if policy.kind == models.EVERY_KIND else policy.kind,
            months=policy.months,
            set_by=policy.set_by,
            set_at=policy.set_at,
        )


@strawberry.type(description="A month of all timelines, as it is stored.")
class TimelineMonth:
    month: date = strawberry.field(description="Its first day.")
    entries: int = strawberry.field(description="As the database estimates them.")
    megabytes: float = strawberry.field(description="With its indexes.")

    @classmethod
    def of(cls, stored: StoredMonth) -> Self:
        return cls(
            month=stored.month.start.date(),
            entries=stored.rows,
            megabytes=stored.bytes / 1_000_000,
        )


@strawberry.type(description="What was removed of a month because it had been kept long enough.")
class TimelineRemoval:
    month: date = strawberry.field(description="Its first day.")
    whole: bool = strawberry.field(description="Whether the month is gone altogether.")
    complete: bool = strawberry.field(description="False while more is to be removed.")
    entries: int = strawberry.field(description="How many entries are gone.")
    removed_at: datetime = strawberry.field(description="When the last of them went.")

    @classmethod
    def of(cls, removal: models.TimelineRemoval) -> Self:
        names = ("month", "whole", "complete", "entries", "removed_at")
        return cls(**{name: getattr(removal, name) for name in names})


@strawberry.type(description="How timelines are stored, and for how long.")
class TimelineStorage:
    retention: list[TimelineRetention] = strawberry.field(
        description="Without any, everything is kept."
    )
    months: list[TimelineMonth] = strawberry.field(description="Oldest first.")
    removals: list[TimelineRemoval] = strawberry.field(description="Newest month first.")


@strawberry.type(description="The policy holds from now on; what is over goes in the background.")
class TimelineRetentionWasSet:
    retention: list[TimelineRetention] = strawberry.field(description="All that holds now.")


SetTimelineRetentionResult: TypeAlias = Annotated[
    TimelineRetentionWasSet | InvalidInput, strawberry.union("SetTimelineRetentionResult")
]


@strawberry.type
class TimelineQuery:
    @strawberry.field(
        description="How timelines are stored, and for how long.", extensions=[Roles("operator")]
    )
    async def timeline_storage(self, info: Info) -> TimelineStorage | None:
        async with info.context.db.reading() as session:
            return TimelineStorage(
                retention=[TimelineRetention.of(e) for e in await queries.policies(session)],
                months=[TimelineMonth.of(each) for each in await MONTHS.stored(session)],
                removals=[TimelineRemoval.of(e) for e in await queries.removals(session)],
            )


@strawberry.type
class TimelineMutation:
    @strawberry.mutation(
        description="Keep timeline entries of a kind, or of all that are not named, for 1 to 1,200 "
        "whole months; null: for ever. What is over is removed for good. It holds for "
        "all units: takes the unit of the whole organisation.",
        extensions=[Roles("operator")],
    )
    async def set_timeline_retention(
        self,
        info: Info,
        months: Annotated[int | None, strawberry.argument(description="Null: for ever.")],
        kind: Annotated[
            str | None, strawberry.argument(description="Null: all that are not named.")
        ] = None,
    ) -> SetTimelineRetentionResult:
        async with info.context.db.transaction() as session:
            await retention.set_retention(session, kind, months, info.context.caller)
            kept = await queries.policies(session)
        return TimelineRetentionWasSet(retention=[TimelineRetention.of(each) for each in kept])
