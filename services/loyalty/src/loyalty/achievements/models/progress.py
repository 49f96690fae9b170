"""How far members are, and what they have reached."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, words
from loyalty.entity import Entity, Row


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
