"""Achievements in versions, how far members are, and what they have reached."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment
from loyalty.achievements.spans import Ladder, Span
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity, Row

MOST_LEVELS = 10
MOST_ROUNDS = 1_000
LONGEST_WINDOW_DAYS = 366
LONGEST_STREAK = 366
MOST_REWARDS = 5
MOST_CHANCES = 100
SOURCE = "achievement"
MOST_ACTIVE = 100


class Measure(StrEnum):
    ORDERS = "orders"
    SPENT = "spent"
    TOUCHPOINTS = "touchpoints"
    FEEDBACK = "feedback"
    REFERRALS = "referrals"
    POINTS = "points"


class AchievementState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class LevelRewardKind(StrEnum):
    REWARD = "reward"
    VOUCHER = "voucher"
    LOTTERY = "lottery"


class LevelRewardState(StrEnum):
    WAITING = "waiting"
    GIVEN = "given"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class History(StrEnum):
    """Whether what was done before a version counts for it, and how far that is."""

    LEFT_OUT = "left_out"
    COUNTING = "counting"
    COUNTED = "counted"


WITH_HISTORY = (Measure.ORDERS, Measure.SPENT, Measure.REFERRALS, Measure.POINTS)
"""What is remembered of everybody; touchpoints and feedback are not."""


class Achievement(Entity, table=True):
    """One version of what can be reached, and by what; only drafts ever change.

    What is done from `valid_from` until `valid_until` counts, also when it is heard of later;
    with its history, what was done before does too.
    """

    __tablename__ = "achievement"
    __table_args__ = (
        UniqueConstraint("code", "version", name="achievement_version_is_one"),
        CheckConstraint(one_of("state", *AchievementState), name="achievement_state"),
        CheckConstraint(one_of("measure", *Measure), name="achievement_measure"),
        CheckConstraint(one_of("span", *Span), name="achievement_span"),
        CheckConstraint(one_of("history", *History), name="achievement_history"),
        CheckConstraint(
            f"within_days BETWEEN 1 AND {LONGEST_WINDOW_DAYS}", name="achievement_window"
        ),
        CheckConstraint(
            f"rounds BETWEEN 1 AND {MOST_ROUNDS} AND (rounds = 1 OR span = 'ever')",
            name="achievement_rounds",
        ),
        CheckConstraint(
            "state = 'draft' OR valid_from IS NOT NULL", name="achievement_in_force_since"
        ),
        CheckConstraint(
            "state <> 'retired' OR valid_until IS NOT NULL", name="achievement_in_force_until"
        ),
        Index(
            "one_active_version_of_an_achievement",
            "code",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "one_draft_of_an_achievement",
            "code",
            unique=True,
            postgresql_where=text("state = 'draft'"),
        ),
    )

    code: str = words()
    version: int
    state: str = words(default=AchievementState.DRAFT)
    name: str = words()
    description: str = words()
    badge: str = words()
    unit: str = words()
    measure: str = words()
    touchpoint_kinds: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    condition: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    span: str = words()
    within_days: int = 1
    rounds: int = 1
    levels: list[dict[str, Any]] = Field(sa_type=JSONB)
    valid_from: datetime | None = moment(default=None)
    valid_until: datetime | None = moment(default=None)
    history: str = words(default=History.LEFT_OUT)
    history_kind: str = words(default="")
    history_after: UUID | None = None
    history_seen: int = long(default=0)
    history_in_all: int | None = long(default=None)
    drafted_by: str = words()
    activated_by: str | None = words(default=None)
    activated_at: datetime | None = moment(default=None)

    @property
    def ladder(self) -> Ladder:
        return Ladder(
            Span(self.span),
            [each["threshold"] for each in self.levels],
            self.within_days,
            self.rounds,
            self.version,
        )

    def in_force(self, at: datetime) -> bool:
        begun = self.history != History.LEFT_OUT or (
            self.valid_from is not None and self.valid_from <= at
        )
        return begun and (self.valid_until is None or at < self.valid_until)


class AchievementDeed(Row, table=True):
    """What one deed counted for one version, so that it counts once and can be taken back.

    `origin_id` is who they were when they did it; `order_id` the order that the deed stands on.
    """

    __tablename__ = "achievement_deed"
    __table_args__ = (
        CheckConstraint("amount > 0", name="achievement_deed_counts_something"),
        Index("achievement_deed_by_customer", "customer_id"),
        Index(
            "achievement_deed_of_order", "order_id", postgresql_where=text("order_id IS NOT NULL")
        ),
    )

    source_kind: str = words(primary_key=True)
    source_id: UUID = Field(primary_key=True)
    achievement_id: UUID = Field(foreign_key="achievement.id", primary_key=True)
    customer_id: UUID
    origin_id: UUID
    order_id: UUID | None = None
    period: int
    amount: int = long()
    taken_back: bool = False


class AchievementTally(Row, table=True):
    """What a member's deeds of a period add up to; `origin_id` is who they were at the time.

    A merged member has tallies of each of those they were: together they count.
    """

    __tablename__ = "achievement_tally"
    __table_args__ = (CheckConstraint("amount >= 0", name="achievement_tally_is_not_negative"),)

    customer_id: UUID = Field(primary_key=True)
    achievement_id: UUID = Field(foreign_key="achievement.id", primary_key=True)
    period: int = Field(primary_key=True)
    origin_id: UUID = Field(primary_key=True)
    amount: int = long()


class AchievementLevel(Entity, table=True):
    """A level that a member has reached, in one round of a code, whichever version it was by.

    It gave points by `posting_id`, once for each of `times`; lost with a cancelled order, it has
    given them back, and can be reached again.
    """

    __tablename__ = "achievement_level"
    __table_args__ = (
        UniqueConstraint(
            "customer_id", "code", "level", "cycle", name="an_achievement_level_is_reached_once"
        ),
        CheckConstraint("level > 0 AND times > 0", name="achievement_level_is_counted"),
        CheckConstraint(
            "points >= 0 AND (points = 0) = (posting_id IS NULL)",
            name="achievement_level_gave_by_a_posting",
        ),
    )

    customer_id: UUID
    code: str = words()
    level: int
    cycle: str = words()
    achievement_id: UUID = Field(foreign_key="achievement.id")
    name: str = words()
    times: int = 1
    points: int = long()
    posting_id: UUID | None = None
    reached_at: datetime = moment()
    lost_at: datetime | None = moment(default=None)


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
