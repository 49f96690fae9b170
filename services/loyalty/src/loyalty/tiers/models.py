"""The ladder of tiers and its versions, who has which, since when, and the points that qualify for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment, utcnow
from loyalty.columns import long, words
from loyalty.entity import Row

NO_TIER = "none"
MOST_TIERS: Final = 20
TERMS: Final = ("name", "threshold", "benefits")


class Tier(Row, table=True):
    """A step of the programme: reached at `threshold` qualifying points in the window."""

    __tablename__ = "tier"
    __table_args__ = (
        CheckConstraint("threshold >= 0", name="tier_threshold"),
        CheckConstraint(f"(code = '{NO_TIER}') = (threshold = 0)", name="tier_at_the_foot"),
        CheckConstraint("version >= 1", name="tier_version_counts"),
    )

    code: str = words(primary_key=True)
    name: str = words()
    threshold: int = long(unique=True)
    benefits: str = words(default="", sa_column_kwargs={"server_default": ""})
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})

    def terms(self) -> dict[str, Any]:
        """What a change may change."""
        return {name: getattr(self, name) for name in TERMS}


class TierVersion(Row, table=True):
    """A tier as somebody set it; never changed."""

    __tablename__ = "tier_version"
    __table_args__ = (CheckConstraint("version >= 1", name="tier_version_from_one"),)

    code: str = words(foreign_key="tier.code", primary_key=True)
    version: int = Field(primary_key=True)
    terms: dict[str, Any] = Field(sa_type=JSONB)
    set_by: str = words()
    set_at: datetime = moment(default_factory=utcnow)


class TierLift(Row, table=True):
    """How far members have been looked at since a version let some deserve more than before."""

    __tablename__ = "tier_lift"
    __table_args__ = (
        ForeignKeyConstraint(
            ["code", "version"],
            ["tier_version.code", "tier_version.version"],
            name="tier_lift_by_version",
        ),
        CheckConstraint("risen >= 0", name="tier_lift_risen"),
        Index("tier_lift_under_way", "begun_at", postgresql_where=text("ended_at IS NULL")),
    )

    code: str = words(primary_key=True)
    version: int = Field(primary_key=True)
    looked_until: UUID | None = None
    risen: int = long(default=0)
    begun_at: datetime = moment(default_factory=utcnow)
    ended_at: datetime | None = moment(default=None)


class MemberTier(Row, table=True):
    """A customer's tier; who has no row has none yet.

    Who no longer deserves it when their period ends keeps it until `grace_until`.
    """

    __tablename__ = "member_tier"
    __table_args__ = (
        Index(
            "member_tier_to_review", "period_ends_at", postgresql_where=text("tier_code <> 'none'")
        ),
    )

    customer_id: UUID = Field(primary_key=True)
    tier_code: str = words(foreign_key="tier.code", default=NO_TIER)
    since: datetime = moment()
    period_ends_at: datetime = moment()
    grace_until: datetime | None = moment(default=None)
    version: int = long(default=0)


class TierChange(Row, table=True):
    """One rise or fall of a customer, kept."""

    __tablename__ = "tier_change"
    __table_args__ = (CheckConstraint("from_tier <> to_tier", name="tier_change_changes"),)

    customer_id: UUID = Field(primary_key=True)
    version: int = long(primary_key=True)
    from_tier: str = words()
    to_tier: str = words()
    qualifying_points: int = long()
    changed_at: datetime = moment()


class QualifyingPoints(Row, table=True):
    """What one order counts towards the tier, at the time it was placed."""

    __tablename__ = "qualifying_points"
    __table_args__ = (
        CheckConstraint("points > 0", name="qualifying_points_are_positive"),
        Index("qualifying_points_in_window", "customer_id", "qualified_at"),
    )

    source_id: UUID = Field(primary_key=True)
    customer_id: UUID
    points: int = long()
    qualified_at: datetime = moment()


@dataclass(frozen=True, slots=True)
class Qualifying:
    """Points that are to count towards a customer's tier, once per source."""

    source_id: UUID
    customer_id: UUID
    points: int
    qualified_at: datetime
