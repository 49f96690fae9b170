"""Clubs, and who belonged to them from when to when."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment, utcnow
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity, Row

MOST_MEMBERS = 10**9
LONGEST_GRACE_DAYS = 365


class ClubState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class ClubJoining(StrEnum):
    ASKING = "asking"
    RULE = "rule"


class Way(StrEnum):
    """How somebody came into a club, or out of it."""

    ASKING = "asking"
    FRONT_LINE = "front_line"
    RULE = "rule"
    CLOSED = "closed"


class Club(Row, table=True):
    """Members with one interest, in a unit's subtree.

    `members` is kept by the database with every change of a membership. While `enrolling`, all
    members are asked once more whether they belong, in the order of their ids; `enrolled_after` is
    how far that is.
    """

    __tablename__ = "club"
    __table_args__ = (
        CheckConstraint(one_of("state", *ClubState), name="club_state"),
        CheckConstraint(one_of("joining", *ClubJoining), name="club_joining"),
        CheckConstraint("joining = 'asking' OR condition IS NOT NULL", name="club_has_its_rule"),
        CheckConstraint("capacity > 0", name="club_capacity_is_positive"),
        CheckConstraint("members >= 0", name="club_members_are_counted"),
        CheckConstraint(f"grace_days BETWEEN 0 AND {LONGEST_GRACE_DAYS}", name="club_grace"),
    )

    code: str = words(primary_key=True)
    name: str = words()
    interest: str = words()
    description: str = words()
    benefits: str = words()
    unit: str = words()
    joining: str = words()
    condition: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    capacity: int | None = long(default=None)
    grace_days: int = 0
    state: str = words(default=ClubState.OPEN)
    members: int = long(default=0)
    enrolling: bool = False
    enrolled_after: UUID | None = None
    created_at: datetime = moment(default_factory=utcnow)
    changed_by: str = words()

    @property
    def by_rule(self) -> bool:
        return self.joining == ClubJoining.RULE

    @property
    def is_full(self) -> bool:
        return self.capacity is not None and self.members >= self.capacity

    def ask_all_again(self) -> None:
        """Let everybody be asked whether they belong, from the first on."""
        self.enrolling = self.by_rule and self.state == ClubState.OPEN
        self.enrolled_after = None


class ClubMembership(Entity, table=True):
    """Somebody in a club since `created_at`, until `left_at`.

    For whom the club's rule holds no longer, they stay until `grace_until`.
    """

    __tablename__ = "club_membership"
    __table_args__ = (
        CheckConstraint(one_of("joined_by", *Way), name="club_membership_joined_by"),
        CheckConstraint(one_of("left_by", *Way), name="club_membership_left_by"),
        CheckConstraint(
            "(left_at IS NULL) = (left_by IS NULL)", name="club_membership_ends_for_a_reason"
        ),
        Index(
            "once_in_a_club_at_a_time",
            "customer_id",
            "club_code",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("club_membership_history", "customer_id", "id"),
        Index("club_membership_of_club", "club_code", postgresql_where=text("left_at IS NULL")),
        Index(
            "club_membership_in_grace",
            "grace_until",
            postgresql_where=text("left_at IS NULL AND grace_until IS NOT NULL"),
        ),
    )

    club_code: str = words(foreign_key="club.code")
    customer_id: UUID
    joined_by: str = words()
    grace_until: datetime | None = moment(default=None)
    left_at: datetime | None = moment(default=None)
    left_by: str | None = words(default=None)
