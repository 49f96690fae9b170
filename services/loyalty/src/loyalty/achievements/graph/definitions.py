"""What can be reached, in versions."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.scalars import Long
from loyalty.achievements import models, queries
from loyalty.achievements.spans import Span
from loyalty.achievements.wording import in_words

READERS = ("marketer", "approver", "analyst", "operator")
AchievementMeasure = strawberry.enum(
    models.Measure,
    name="AchievementMeasure",
    description="What is counted. ORDERS, how many; SPENT by orders in the programme's currency, "
    "in minor units; TOUCHPOINTS of some kinds; FEEDBACK, answers to CSAT or NPS; REFERRALS that "
    "came to an order; POINTS that earning rules gave for what members did, birthdays apart.",
)
AchievementSpan = strawberry.enum(
    Span,
    name="AchievementSpan",
    description="Over which time it is added up, by the member's clock. EVER; each WEEK (from "
    "Monday), MONTH or YEAR anew; ROLLING: any `withinDays` days; or how many DAYS, WEEKS or "
    "MONTHS_IN_A_ROW had something counted.",
)
AchievementState = strawberry.enum(
    models.AchievementState, description="DRAFT counts nothing, ACTIVE counts, RETIRED counted."
)
AchievementHistory = strawberry.enum(
    models.History,
    name="AchievementHistory",
    description="Whether what was done before counts: LEFT_OUT, COUNTING in the background, or "
    "COUNTED.",
)


LevelRewardKind = strawberry.enum(
    models.LevelRewardKind,
    name="AchievementRewardKind",
    description="A REWARD of the catalogue, by its terms but its price; a VOUCHER of a type; or "
    "chances to draw in a LOTTERY for nothing.",
)


@strawberry.type(description="What a step gives besides points.")
class AchievementStepReward:
    kind: models.LevelRewardKind = strawberry.field(description="What it is.")
    reference: str = strawberry.field(description="Its code.")
    many: int = strawberry.field(description="How many chances; 1 for all else.")


@strawberry.type(description="A step of an achievement.")
class AchievementStep:
    level: int = strawberry.field(description="From 1.")
    name: str = strawberry.field(description="Its name for members, such as bronze.")
    threshold: Long = strawberry.field(
        description="Reached at so many: of what is measured, or periods in a row."
    )
    points: Long = strawberry.field(description="What reaching it gives; 0 for nothing.")
    rewards: list[AchievementStepReward] = strawberry.field(
        description="What reaching it gives besides points."
    )

    @classmethod
    def of(cls, level: int, terms: dict[str, Any]) -> Self:
        return cls(
            level=level,
            name=terms["name"],
            threshold=Long(terms["threshold"]),
            points=Long(terms["points"]),
            rewards=[
                AchievementStepReward(
                    kind=models.LevelRewardKind(each["kind"]),
                    reference=each["reference"],
                    many=each["many"],
                )
                for each in terms.get("rewards", [])
            ],
        )


@strawberry.type(
    description="One version of something that members reach step by step. Versions never change "
    "once active. A level of a code is given once in each round, whichever version it is reached "
    "by; when an order is cancelled that it counted on, it is lost and gives its points back."
)
class Achievement:
    id: UUID = strawberry.field(description="The version's identifier.")
    code: str = strawberry.field(description="Its name for programs.")
    version: int = strawberry.field(description="Counts up from 1.")
    state: models.AchievementState = strawberry.field(description="Whether it counts.")
    name: str = strawberry.field(description="Its name for members.")
    description: str = strawberry.field(description="What it is about, for members.")
    badge: str = strawberry.field(description="The badge's name or address, for front ends.")
    words: str = strawberry.field(description="What is to be done for it, in words.")
    unit: str = strawberry.field(description="Whose members: this unit and all below.")
    measure: models.Measure = strawberry.field(description="What is counted.")
    touchpoint_kinds: list[str] = strawberry.field(description="Of these kinds; empty for all.")
    span: Span = strawberry.field(description="Over which time.")
    within_days: int = strawberry.field(description="ROLLING: any so many days; 1 otherwise.")
    rounds: int = strawberry.field(description="EVER: how often all levels can be reached.")
    levels: list[AchievementStep] = strawberry.field(description="Its levels, the lowest first.")
    valid_from: datetime | None = strawberry.field(description="What is done from then on counts.")
    valid_until: datetime | None = strawberry.field(description="No longer from then on.")
    history: models.History = strawberry.field(description="Whether what was done before counts.")
    history_seen: Long = strawberry.field(description="How much of that was looked at so far.")
    history_in_all: Long | None = strawberry.field(
        description="How much there is to look at, as of the beginning; null before."
    )
    drafted_by: str = strawberry.field(description="Who wrote it.")
    activated_by: str | None = strawberry.field(description="Who let it count.")

    @classmethod
    def of(cls, row: models.Achievement) -> Self:
        return cls(
            id=row.id,
            code=row.code,
            version=row.version,
            state=models.AchievementState(row.state),
            name=row.name,
            description=row.description,
            badge=row.badge,
            words=in_words(row),
            unit=row.unit,
            measure=models.Measure(row.measure),
            touchpoint_kinds=row.touchpoint_kinds,
            span=Span(row.span),
            within_days=row.within_days,
            rounds=row.rounds,
            levels=[AchievementStep.of(n, each) for n, each in enumerate(row.levels, start=1)],
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            history=models.History(row.history),
            history_seen=Long(row.history_seen),
            history_in_all=None if row.history_in_all is None else Long(row.history_in_all),
            drafted_by=row.drafted_by,
            activated_by=row.activated_by,
        )


@strawberry.type
class AchievementsQuery:
    @strawberry.field(
        description="Achievements of the caller's unit and below, the newest version first; of one "
        "code, its versions.",
        extensions=[Roles(*READERS)],
    )
    async def achievements(
        self,
        info: Info,
        code: Annotated[str | None, strawberry.argument(description="Of this code.")] = None,
        state: Annotated[
            models.AchievementState | None, strawberry.argument(description="In this state.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Achievement] | None:
        unit = info.context.caller.unit
        if unit is None:
            return None
        async with info.context.db.reading() as session:
            found = await queries.achievements(session, unit, code, state, first, after)
        return Connection.of(found, Achievement.of)
