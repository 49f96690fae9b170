"""Who was merged with whom, why, and all that is needed to take it back."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from customer.complaints.models import Complaint
from customer.consents.models import ConsentRecord
from customer.entity import Entity, table_of
from customer.feedback.models import Feedback
from customer.identifiers.models import Identifier
from kit.merging.rows import Moves
from kit.models import moment

MOVES: Final = (
    Moves(table_of(Identifier), "customer_id"),
    Moves(table_of(ConsentRecord), "customer_id"),
    Moves(table_of(Feedback), "customer_id"),
    Moves(table_of(Complaint), "customer_id"),
)
"""What belongs to a customer besides their row.

Timelines stay: they are read under every id. Early holdings are of people who have no record yet.
"""


class MergeRule(StrEnum):
    """Why two records were taken for one person."""

    HAND = "hand"
    VERIFIED_IDENTIFIER = "verified_identifier"
    CANDIDATE = "candidate"


class CustomerMerge(Entity, table=True):
    """One record taken into another. Never deleted: taken back, it says so.

    `absorbed` is the record as it was, `taken` what the survivor got of it and `lost` what it did
    not, because the survivor's own stands.
    """

    __tablename__ = "customer_merge"
    __table_args__ = (
        CheckConstraint(
            "rule IN ('hand', 'verified_identifier', 'candidate')", name="merge_rule_known"
        ),
        CheckConstraint("survivor_id <> absorbed_id", name="merge_is_of_two"),
        CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL) AND (undone_at IS NULL) = (undone_for IS NULL)",
            name="undone_merge_says_who_and_why",
        ),
        Index(
            "customer_merge_that_stands",
            "absorbed_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("customer_merge_by_absorbed", "absorbed_id", "id"),
        Index("customer_merge_by_survivor", "survivor_id", "id"),
    )

    survivor_id: UUID
    absorbed_id: UUID
    unit: str = Field(sa_type=Text)
    absorbed_unit: str = Field(sa_type=Text)
    rule: MergeRule = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    merged_by: str = Field(sa_type=Text)
    absorbed: dict[str, Any] = Field(sa_type=JSONB)
    taken: dict[str, Any] = Field(sa_type=JSONB)
    lost: list[dict[str, Any]] = Field(sa_type=JSONB)
    moved: dict[str, int] = Field(sa_type=JSONB)
    undone_at: datetime | None = moment(default=None)
    undone_by: str | None = Field(default=None, sa_type=Text)
    undone_for: str | None = Field(default=None, sa_type=Text)
