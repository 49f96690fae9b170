"""What levels gave besides points, and what could not be given."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.personal import People
from kit.graph.refusals import Conflict, NotFound
from loyalty.accesses.noting import saw
from loyalty.accounts.queries import accounts_by_customer
from loyalty.achievements import models, queries
from loyalty.achievements.commands import rewarding

AchievementRewardState = strawberry.enum(
    models.LevelRewardState,
    name="AchievementRewardState",
    description="WAITING: it is given within seconds; GIVEN; REFUSED, and may be retried; "
    "TAKEN_BACK: its level was lost before anybody had used it.",
)


@strawberry.type(description="Something that a level gives a member besides points.")
class AchievementReward:
    id: UUID = strawberry.field(description="Its identifier.")
    customer_id: UUID = strawberry.field(description="Whose.")
    kind: models.LevelRewardKind = strawberry.field(description="What it is.")
    reference: str = strawberry.field(description="Its code.")
    many: int = strawberry.field(description="How many chances; 1 for all else.")
    state: models.LevelRewardState = strawberry.field(description="What became of it.")
    reason: str = strawberry.field(description="Why it was refused; empty otherwise.")
    settled_at: datetime | None = strawberry.field(description="Since when; null while WAITING.")

    @classmethod
    def of(cls, row: models.AchievementReward) -> Self:
        return cls(
            id=row.id,
            customer_id=row.customer_id,
            kind=models.LevelRewardKind(row.kind),
            reference=row.reference,
            many=row.many,
            state=models.LevelRewardState(row.state),
            reason=row.reason,
            settled_at=row.settled_at,
        )


@strawberry.type(description="It is tried again within seconds.")
class AchievementRewardIsRetried:
    reward: AchievementReward = strawberry.field(description="As it waits now.")


RetryAchievementRewardResult: TypeAlias = Annotated[
    AchievementRewardIsRetried | NotFound | Conflict,
    strawberry.union("RetryAchievementRewardResult"),
]


async def rewards_of(context: Context, levels: Sequence[UUID]) -> list[list[AchievementReward]]:
    async with context.db.reading() as session:
        found = await queries.rewards_of(session, levels)
    return [[AchievementReward.of(row) for row in found[each]] for each in levels]


@strawberry.type
class AchievementRewardsQuery:
    @strawberry.field(
        description="What levels could not give members of your unit and below, newest first.",
        extensions=[
            Roles("marketer", "front_line", "operator"),
            People(saw, "achievements", person="customer_id"),
        ],
    )
    async def refused_achievement_rewards(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[AchievementReward] | None:
        unit = info.context.caller.unit
        if unit is None:
            return None
        async with info.context.db.reading() as session:
            found = await queries.refused_rewards(session, unit, first, after)
        return Connection.of(found, AchievementReward.of)


@strawberry.type
class AchievementRewardsMutation:
    @strawberry.mutation(
        description="Have something tried again that a level could not give, such as when there is "
        "stock again. Conflict unless it is REFUSED.",
        extensions=[Roles("marketer", "front_line", "operator")],
    )
    async def retry_achievement_reward(
        self, info: Info, id: Annotated[UUID, strawberry.argument(description="Which.")]
    ) -> RetryAchievementRewardResult:
        db, caller = info.context.db, info.context.caller
        async with db.transaction() as session:
            row = await session.get(models.AchievementReward, id)
            if row is None or not await accounts_by_customer(db, [row.customer_id], caller):
                raise NotFoundError("achievement reward", id)
            await rewarding.retry_reward(session, row, caller.subject)
        return AchievementRewardIsRetried(reward=AchievementReward.of(row))
