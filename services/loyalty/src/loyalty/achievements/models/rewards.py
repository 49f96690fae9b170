"""What levels give besides points."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import one_of, words
from loyalty.entity import Entity

MOST_CHANCES = 100


class LevelRewardKind(StrEnum):
    REWARD = "reward"
    VOUCHER = "voucher"
    LOTTERY = "lottery"


class LevelRewardState(StrEnum):
    WAITING = "waiting"
    GIVEN = "given"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class AchievementReward(Entity, table=True):
    """Something that a level gives besides points, once for each of its `times`.

    `reference` is the code of a reward, a voucher type or a lottery, of which it is `many` chances.
    Refused, it says why, and may be tried again; a lost level takes it back if nobody has used it.
    """

    __tablename__ = "achievement_reward"
    __table_args__ = (
        UniqueConstraint(
            "level_id", "times", "number", name="an_achievement_reward_is_promised_once"
        ),
        CheckConstraint(one_of("kind", *LevelRewardKind), name="achievement_reward_kind"),
        CheckConstraint(one_of("state", *LevelRewardState), name="achievement_reward_state"),
        CheckConstraint(
            f"many BETWEEN 1 AND {MOST_CHANCES} AND (many = 1 OR kind = 'lottery')",
            name="achievement_reward_many",
        ),
        CheckConstraint(
            "(state <> 'refused') OR (reason <> '')", name="achievement_reward_says_why_not"
        ),
        Index("achievement_reward_by_level", "level_id"),
        Index("achievement_reward_by_customer", "customer_id"),
        Index("achievement_reward_to_give", "id", postgresql_where=text("state = 'waiting'")),
        Index("achievement_reward_refused", "id", postgresql_where=text("state = 'refused'")),
    )

    customer_id: UUID
    achievement_id: UUID = Field(foreign_key="achievement.id")
    level_id: UUID
    times: int
    number: int
    kind: str = words()
    reference: str = words()
    many: int
    state: str = words(default=LevelRewardState.WAITING)
    reason: str = words(default="")
    settled_at: datetime | None = moment(default=None)
