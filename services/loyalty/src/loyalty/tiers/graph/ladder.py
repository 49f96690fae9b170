"""The ladder of tiers as it is shown, with all its versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Context, Info
from kit.graph.scalars import Long
from loyalty.tiers import models, queries

READERS = ("marketer", "approver", "front_line", "analyst", "operator", "customer")
KEEPERS = ("marketer", "approver", "analyst", "operator")


@strawberry.type(
    description="Members who rose because a tier was added or is reached at less than before."
)
class LoyaltyTierLift:
    risen: Long = strawberry.field(description="How many have risen so far, to whichever tier.")
    begun_at: datetime = strawberry.field(description="When the tier was set so.")
    ended_at: datetime | None = strawberry.field(
        description="When all members had been looked at; null while some have not."
    )

    @classmethod
    def of(cls, row: models.TierLift) -> Self:
        return cls(risen=Long(row.risen), begun_at=row.begun_at, ended_at=row.ended_at)


@strawberry.type(description="A tier as somebody set it.")
class LoyaltyTierVersion:
    version: int = strawberry.field(description="From 1.")
    name: str = strawberry.field(description="The name members saw.")
    threshold: Long = strawberry.field(description="Qualifying points at which it was reached.")
    benefits: str = strawberry.field(description="What it brought, for members; may be empty.")
    set_by: str = strawberry.field(description="Who set it.")
    set_at: datetime = strawberry.field(description="In force since then.")
    lift: LoyaltyTierLift | None = strawberry.field(
        description="Who rose by it; null when nobody could, as when more was asked than before."
    )

    @classmethod
    def of(cls, row: models.TierVersion, lift: models.TierLift | None) -> Self:
        return cls(
            version=row.version,
            name=row.terms["name"],
            threshold=Long(row.terms["threshold"]),
            benefits=row.terms["benefits"],
            set_by=row.set_by,
            set_at=row.set_at,
            lift=None if lift is None else LoyaltyTierLift.of(lift),
        )


@strawberry.type(description="A step of the programme's ladder.")
class LoyaltyTier:
    code: str = strawberry.field(
        description="Its name for programs, for ever; `none` at the foot of the ladder."
    )
    version: int = strawberry.field(description="Pass it when you change the tier.")
    name: str = strawberry.field(description="The name members see.")
    threshold: Long = strawberry.field(
        description="Reached at so many qualifying points in twelve months."
    )
    benefits: str = strawberry.field(description="What it brings, for members; may be empty.")

    @classmethod
    def of(cls, row: models.Tier) -> Self:
        return cls(
            code=row.code,
            version=row.version,
            name=row.name,
            threshold=Long(row.threshold),
            benefits=row.benefits,
        )

    @strawberry.field(
        description="The tier as it was set each time, the newest first; the last 50.",
        extensions=[Roles(*KEEPERS)],
    )
    async def versions(self, info: Info) -> list[LoyaltyTierVersion] | None:
        return await info.context.loader(_versions_of).load(self.code)


async def _versions_of(context: Context, codes: Sequence[str]) -> list[list[LoyaltyTierVersion]]:
    async with context.db.reading() as session:
        found = await queries.versions_of(session, codes)
    return [[LoyaltyTierVersion.of(*each) for each in found[code]] for code in codes]


@strawberry.type
class TiersQuery:
    @strawberry.field(
        description="The programme's ladder, from its foot; up to 20 tiers.",
        extensions=[Roles(*READERS)],
    )
    async def loyalty_tiers(self, info: Info) -> list[LoyaltyTier] | None:
        async with info.context.db.reading() as session:
            return [LoyaltyTier.of(row) for row in await queries.all_tiers(session)]
