"""Tiers in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import InvalidInput as InvalidInputError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.refusals import InvalidInput, NotFound
from kit.graph.scalars import Long
from loyalty.tiers import commands, models, queries


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
    code: str = strawberry.field(description="none, star, gold or vip.")
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


MOST_CHARACTERS = 2_000


@strawberry.type(description="A step of the programme's ladder.")
class LoyaltyTier:
    code: str = strawberry.field(description="none, star, gold or vip.")
    name: str = strawberry.field(description="The name members see.")
    threshold: Long = strawberry.field(
        description="Reached at so many qualifying points in twelve months."
    )
    benefits: str = strawberry.field(description="What it brings, for members; may be empty.")

    @classmethod
    def of(cls, row: models.Tier) -> Self:
        return cls(
            code=row.code, name=row.name, threshold=Long(row.threshold), benefits=row.benefits
        )


@strawberry.type(description="Members see the text from now on.")
class TierWasDescribed:
    tier: LoyaltyTier = strawberry.field(description="The tier.")


DescribeTierResult: TypeAlias = Annotated[
    TierWasDescribed | NotFound | InvalidInput, strawberry.union("DescribeTierResult")
]


@strawberry.type
class TiersQuery:
    @strawberry.field(
        description="The programme's ladder, from its foot.",
        extensions=[Roles("marketer", "approver", "front_line", "analyst", "operator", "customer")],
    )
    async def loyalty_tiers(self, info: Info) -> list[LoyaltyTier] | None:
        async with info.context.db.reading() as session:
            return [LoyaltyTier.of(row) for row in await queries.all_tiers(session)]


@strawberry.type
class TiersMutation:
    @strawberry.mutation(
        description="Say in words what a tier brings its members.",
        extensions=[Roles("marketer", "operator", of_all_units=True)],
    )
    async def describe_tier(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="The tier's code.")],
        benefits: Annotated[str, strawberry.argument(description="Up to 2,000 characters.")],
    ) -> DescribeTierResult:
        if len(benefits) > MOST_CHARACTERS or "\0" in benefits:
            raise InvalidInputError("benefits", f"takes up to {MOST_CHARACTERS} characters")
        async with info.context.db.transaction() as session:
            row = await commands.describe_tier(session, code, benefits)
        return TierWasDescribed(tier=LoyaltyTier.of(row))
