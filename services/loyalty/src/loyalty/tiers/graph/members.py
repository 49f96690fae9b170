"""Where a member stands on the ladder."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.scalars import Long
from loyalty.tiers import models, queries


@strawberry.type(description="A rise or a fall of a member.")
class TierChange:
    from_tier: str = strawberry.field(description="The code of the tier before.")
    to_tier: str = strawberry.field(description="The code of the tier after.")
    qualifying_points: Long = strawberry.field(description="What counted when it changed.")
    changed_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: models.TierChange) -> Self:
        return cls(
            from_tier=row.from_tier,
            to_tier=row.to_tier,
            qualifying_points=Long(row.qualifying_points),
            changed_at=row.changed_at,
        )


@strawberry.type(
    description="A member's tier: by the points of orders placed in the last twelve months; up at "
    "once, down only when a period of twelve months has ended and 30 days more have passed."
)
class MemberTier:
    customer_id: strawberry.Private[UUID]
    code: str = strawberry.field(
        description="The code of a tier of the ladder; `none` at its foot."
    )
    name: str = strawberry.field(description="The name members see.")
    since: datetime | None = strawberry.field(description="Since when; null if never risen.")
    period_ends_at: datetime | None = strawberry.field(
        description="The tier is kept at least until then; null if never risen."
    )
    qualifying_points: Long = strawberry.field(description="What counts towards tiers now.")
    next_code: str | None = strawberry.field(description="The next tier; null at the top.")
    missing_to_next: Long | None = strawberry.field(
        description="Points missing to the next tier; null at the top."
    )

    benefits: str = strawberry.field(description="What the tier brings, for members.")
    grace_until: datetime | None = strawberry.field(
        description="Their period has ended and their points deserve less: they keep the tier "
        "until then, and for good if `missingToKeep` is earned by then. Null otherwise."
    )
    missing_to_keep: Long = strawberry.field(
        description="Points missing today to deserve this tier anew; 0 when none are."
    )

    @strawberry.field(description="Rises and falls, newest first.")
    async def changes(
        self, info: Info, first: First = 10, after: After = None
    ) -> Connection[TierChange]:
        async with info.context.db.reading() as session:
            found = await queries.changes_of(session, self.customer_id, first, after)
        return Connection.of(found, TierChange.of)

    @classmethod
    def of(cls, standing: queries.Standing) -> Self:
        missing = standing.missing_to_next
        return cls(
            customer_id=standing.customer_id,
            code=standing.code,
            name=standing.name,
            since=standing.since,
            period_ends_at=standing.period_ends_at,
            qualifying_points=Long(standing.qualifying_points),
            next_code=standing.next_code,
            missing_to_next=None if missing is None else Long(missing),
            benefits=standing.benefits,
            grace_until=standing.grace_until,
            missing_to_keep=Long(standing.missing_to_keep),
        )


async def tiers_of(context: Context, customers: Sequence[UUID]) -> list[MemberTier]:
    """For a loader: the tiers of customers whom the caller was shown already."""
    async with context.db.reading() as session:
        found = await queries.standings(session, customers)
    return [MemberTier.of(found[each]) for each in customers]
