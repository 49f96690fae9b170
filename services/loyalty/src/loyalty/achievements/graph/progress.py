"""How far a member is with each achievement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from kit.graph.context import Context, Info
from kit.graph.scalars import Long
from kit.models import utcnow
from loyalty.accounts.queries import accounts_by_customer
from loyalty.achievements import models
from loyalty.achievements.graph.definitions import Achievement, AchievementStep
from loyalty.achievements.graph.rewards import AchievementReward, rewards_of
from loyalty.achievements.standing import Progress, progress_of

READERS = ("marketer", "front_line", "analyst", "operator", "customer")


@strawberry.type(description="A level that a member has reached.")
class AchievementLevelReached:
    id: strawberry.Private[UUID]
    level: int = strawberry.field(description="Which, from 1.")
    name: str = strawberry.field(description="Its name for members at the time.")
    cycle: str = strawberry.field(
        description="In which round: 2026-11, 2026-W47, 2026, or VERSION.ROUND; empty where it "
        "can be reached once."
    )
    points: Long = strawberry.field(description="What it gave.")
    posting_id: UUID | None = strawberry.field(description="The posting; null if it gave none.")
    reached_at: datetime = strawberry.field(description="When.")
    lost_at: datetime | None = strawberry.field(
        description="When it was lost with a cancelled order; null while it stands."
    )

    @classmethod
    def of(cls, row: models.AchievementLevel) -> Self:
        return cls(
            id=row.id,
            level=row.level,
            name=row.name,
            cycle=row.cycle,
            points=Long(row.points),
            posting_id=row.posting_id,
            reached_at=row.reached_at,
            lost_at=row.lost_at,
        )

    @strawberry.field(description="What it gives besides points, and what became of it.")
    async def rewards(self, info: Info) -> list[AchievementReward]:
        return await info.context.loader(rewards_of).load(self.id)


@strawberry.type(description="How far a member is with an achievement, in the round they are in.")
class AchievementProgress:
    achievement: Achievement = strawberry.field(description="Which.")
    value: Long = strawberry.field(
        description="How far: what counts by now, or periods in a row, up to the highest level."
    )
    level: int = strawberry.field(description="The highest level that stands; 0 for none yet.")
    next: AchievementStep | None = strawberry.field(description="The next level; null at the top.")
    missing_to_next: Long | None = strawberry.field(
        description="What is missing to the next level; null at the top."
    )
    reached: list[AchievementLevelReached] = strawberry.field(
        description="The last 20 levels reached, in whichever round and version, newest first."
    )

    @classmethod
    def of(cls, progress: Progress) -> Self:
        definition = Achievement.of(progress.version)
        following = progress.next_level
        return cls(
            achievement=definition,
            value=Long(progress.value),
            level=progress.level,
            next=None if following is None else definition.levels[following - 1],
            missing_to_next=None if progress.missing is None else Long(progress.missing),
            reached=[AchievementLevelReached.of(each) for each in progress.reached],
        )


async def achievements_of(
    context: Context, customers: Sequence[UUID]
) -> list[list[AchievementProgress] | None]:
    """For a loader: None for whom the caller may not see."""
    seen = await accounts_by_customer(context.db, customers, context.caller)
    async with context.db.reading() as session:
        found = await progress_of(session, list(seen), utcnow())
    return [
        [AchievementProgress.of(one) for one in found[each]] if each in found else None
        for each in customers
    ]
