"""Leaderboards, their periods, and who won."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity, Row

FOR_EVER = date(1000, 1, 1)
MOST_WINNERS = 100
MOST_OPEN = 50


class LeaderboardMeasure(StrEnum):
    POINTS = "points"
    ORDERS = "orders"
    REFERRALS = "referrals"
    ACHIEVEMENTS = "achievements"


class LeaderboardSpan(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    EVER = "ever"


class LeaderboardState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


SLOT_SECONDS: dict[str, int] = {
    LeaderboardSpan.DAY: 1_350,
    LeaderboardSpan.WEEK: 9_450,
    LeaderboardSpan.MONTH: 41_850,
    LeaderboardSpan.EVER: 604_800,
}
"""A period has some 64 slots of time: those who are equal are counted by slot."""


class Leaderboard(Row, table=True):
    """What is compared, among whom, and over which time; once open, it can only be closed.

    `prizes` say what ranks from one to another get. A period is frozen some minutes after its end,
    so that what is told late still counts.
    """

    __tablename__ = "leaderboard"
    __table_args__ = (
        CheckConstraint(one_of("measure", *LeaderboardMeasure), name="leaderboard_measure"),
        CheckConstraint(one_of("span", *LeaderboardSpan), name="leaderboard_span"),
        CheckConstraint(one_of("state", *LeaderboardState), name="leaderboard_state"),
        CheckConstraint("settles_minutes BETWEEN 0 AND 10080", name="leaderboard_settles"),
        CheckConstraint(
            "(state = 'draft') = (opened_at IS NULL)", name="leaderboard_is_opened_once"
        ),
        CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name="leaderboard_is_closed_once"
        ),
    )

    code: str = words(primary_key=True)
    name: str = words()
    unit: str = words()
    club_code: str | None = words(default=None, foreign_key="club.code")
    measure: str = words()
    span: str = words()
    time_zone: str = words()
    prizes: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    settles_minutes: int = 60
    state: str = words(default=LeaderboardState.DRAFT)
    drafted_by: str = words()
    opened_by: str | None = words(default=None)
    opened_at: datetime | None = moment(default=None)
    closed_at: datetime | None = moment(default=None)

    def counts(self, at: datetime) -> bool:
        begun = self.opened_at is not None and self.opened_at <= at
        return begun and (self.closed_at is None or at < self.closed_at)

    def period_of(self, at: datetime) -> date:
        """The first day of the period that a moment lies in, by the leaderboard's clock."""
        return self.first_day(at.astimezone(ZoneInfo(self.time_zone)).date())

    def first_day(self, day: date) -> date:
        """The first day of the period that a day lies in."""
        match self.span:
            case LeaderboardSpan.WEEK:
                return day - timedelta(days=day.weekday())
            case LeaderboardSpan.MONTH:
                return day.replace(day=1)
            case LeaderboardSpan.EVER:
                return FOR_EVER
        return day

    def ends_at(self, starts_on: date) -> datetime | None:
        """When the period that begins then is over; None if never."""
        match self.span:
            case LeaderboardSpan.WEEK:
                after = starts_on + timedelta(days=7)
            case LeaderboardSpan.MONTH:
                after = (starts_on + timedelta(days=31)).replace(day=1)
            case LeaderboardSpan.EVER:
                return None
            case _:
                after = starts_on + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(self.time_zone))

    def prize(self, rank: int) -> int:
        """What a rank gets."""
        found = (each["points"] for each in self.prizes if each["from"] <= rank <= each["to"])
        return next(found, 0)


class LeaderboardPeriod(Row, table=True):
    """A period in which somebody scored; frozen, it changes no more."""

    __tablename__ = "leaderboard_period"
    __table_args__ = (
        Index(
            "leaderboard_period_to_freeze",
            "freezes_at",
            postgresql_where=text("frozen_at IS NULL"),
        ),
        Index(
            "leaderboard_period_to_clear",
            "frozen_at",
            postgresql_where=text("frozen_at IS NOT NULL AND NOT cleared"),
        ),
    )

    code: str = words(foreign_key="leaderboard.code", primary_key=True)
    starts_on: date = Field(primary_key=True)
    ends_at: datetime | None = moment(default=None)
    freezes_at: datetime | None = moment(default=None)
    frozen_at: datetime | None = moment(default=None)
    members: int | None = long(default=None)
    cleared: bool = False


class LeaderboardWinner(Entity, table=True):
    """Who was among the first when a period was frozen, and the prize they got."""

    __tablename__ = "leaderboard_winner"
    __table_args__ = (
        CheckConstraint("rank > 0 AND points >= 0", name="leaderboard_winner_has_a_rank"),
        Index("leaderboard_winner_by_rank", "code", "starts_on", "rank", unique=True),
        Index("leaderboard_winner_by_customer", "customer_id"),
        Index(
            "leaderboard_winner_to_reward",
            "id",
            postgresql_where=text("points > 0 AND posting_id IS NULL"),
        ),
        ForeignKeyConstraint(
            ["code", "starts_on"],
            ["leaderboard_period.code", "leaderboard_period.starts_on"],
            name="leaderboard_winner_of_a_period",
        ),
    )

    code: str = words()
    starts_on: date
    rank: int
    customer_id: UUID
    score: int = long()
    lot: int = long()
    points: int = long()
    posting_id: UUID | None = None


class LeaderboardName(Row, table=True):
    """The name under which a member wants to be seen; without one, nobody sees who they are."""

    __tablename__ = "leaderboard_name"

    customer_id: UUID = Field(primary_key=True)
    name: str = words()
