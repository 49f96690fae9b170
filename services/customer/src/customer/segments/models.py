"""A segment, who is in it, and how large it was when."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from customer.entity import Entity, Table
from kit.models import moment


class SegmentKind(StrEnum):
    RULE = "rule"
    LIST = "list"


class SegmentState(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"


class Segment(Entity, table=True):
    """Customers of a unit whom a rule fits, or who were put on its list."""

    __tablename__ = "segment"
    __table_args__ = (
        CheckConstraint("kind IN ('rule', 'list')", name="segment_kind_known"),
        CheckConstraint("state IN ('active', 'archived')", name="segment_state_known"),
        CheckConstraint("(kind = 'rule') = (rule IS NOT NULL)", name="rule_segments_have_a_rule"),
        CheckConstraint("version >= 1", name="segment_version_counts_from_one"),
        Index("segment_by_unit", "unit", "id", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    code: str = Field(unique=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    kind: SegmentKind = Field(sa_type=Text)
    rule: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    state: SegmentState = Field(default=SegmentState.ACTIVE, sa_type=Text)
    version: int = 1
    created_by: str = Field(sa_type=Text)


class SegmentMember(Table, table=True):
    """Somebody who is in a segment now."""

    __tablename__ = "segment_member"
    __table_args__ = (Index("segment_member_by_customer", "customer_id"),)

    segment_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    since: datetime = moment()


class SegmentDay(Table, table=True):
    """How many joined and left on a day (in UTC); a segment's size is what they add up to."""

    __tablename__ = "segment_day"
    __table_args__ = (CheckConstraint("joined >= 0 AND gone >= 0", name="counted_up_only"),)

    segment_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    joined: int
    gone: int


class SegmentSnapshot(Entity, table=True):
    """Who was in a segment at a moment; never changed."""

    __tablename__ = "segment_snapshot"
    __table_args__ = (
        CheckConstraint("size >= 0", name="snapshot_size_known"),
        Index("segment_snapshot_by_segment", "segment_id", "id"),
    )

    segment_id: UUID
    segment_version: int
    size: int
    taken_by: str = Field(sa_type=Text)


class SegmentSnapshotMember(Table, table=True):
    __tablename__ = "segment_snapshot_member"

    snapshot_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
