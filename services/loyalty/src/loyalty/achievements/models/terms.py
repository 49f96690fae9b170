"""What can be reached, and by what: achievements in versions."""

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
from loyalty.entity import Entity

MOST_LEVELS = 10
MOST_ROUNDS = 1_000
LONGEST_WINDOW_DAYS = 366
LONGEST_STREAK = 366
MOST_REWARDS = 5
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
