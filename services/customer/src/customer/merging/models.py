"""Who was merged with whom, why, and all that is needed to take it back."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from customer.accesses.models import Access
from customer.activity.models import ActivityDay
from customer.complaints.models import Complaint
from customer.consents.models import ConsentRecord
from customer.entity import Entity, table_of
from customer.feedback.models import Feedback
from customer.holdings.models import EarlyHolding
from customer.identifiers.commands import OWNED
from customer.imports.models import TriedCustomer, TriedIdentifier, TriedMembership
from customer.memberships.models import GroupMembership
from customer.merge_candidates.models import MergeCandidate
from customer.profiles.models import Customer
from customer.rules.models import Reckoning, RuleDue
from customer.segments.models import SegmentMember, SegmentSnapshotMember
from customer.special_lists.models import SpecialListRecord
from customer.subject_requests.models import SubjectRequest
from customer.tiers.models import CustomerTier
from customer.timeline.models import TimelineEntry
from kit.merging.rows import Moves, Stays
from kit.models import moment

MOVES: Final = (
    OWNED,
    Moves(table_of(ConsentRecord), "customer_id"),
    Moves(table_of(Feedback), "customer_id"),
    Moves(table_of(Complaint), "customer_id"),
    Moves(table_of(SpecialListRecord), "customer_id"),
    Moves(table_of(GroupMembership), "member_id"),
    Moves(table_of(GroupMembership), "group_id"),
    Moves(table_of(Customer), "parent_id"),
)
"""What belongs to a customer besides their row."""


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


EVERY_ID: Final = "it is read under every id"
FOLLOWS: Final = "it is added to the survivor's, see `following`"
MERGING: Final = "it is what merging itself remembers"
PAIR: Final = "the pair is read as whom the two are today when somebody decides"
TRIED: Final = "a dry run is of how things were when it was made"
STAYS: Final = (
    Stays(table_of(Customer), "id", "the record is folded into the survivor's, see `folding`"),
    Stays(table_of(TimelineEntry), "customer_id", EVERY_ID),
    Stays(table_of(Access), "customer_id", f"nothing of the audit is ever changed; {EVERY_ID}"),
    Stays(
        table_of(SubjectRequest),
        "customer_id",
        f"it is carried out for whoever they are by then; {EVERY_ID}",
    ),
    Stays(table_of(ActivityDay), "customer_id", FOLLOWS),
    Stays(table_of(SegmentMember), "customer_id", FOLLOWS),
    Stays(table_of(SegmentSnapshotMember), "customer_id", "it says who was in a segment then"),
    Stays(table_of(RuleDue), "customer_id", "rules are asked of the survivor anew"),
    Stays(table_of(CustomerTier), "customer_id", "the loyalty service reports the survivor's"),
    Stays(table_of(EarlyHolding), "customer_id", "it is of people who have no record yet"),
    Stays(table_of(CustomerMerge), "survivor_id", MERGING),
    Stays(table_of(CustomerMerge), "absorbed_id", MERGING),
    Stays(table_of(MergeCandidate), "one_id", PAIR),
    Stays(table_of(MergeCandidate), "other_id", PAIR),
    Stays(table_of(TriedCustomer), "customer_id", TRIED),
    Stays(table_of(TriedIdentifier), "customer_id", TRIED),
    Stays(table_of(TriedMembership), "member_id", TRIED),
    Stays(table_of(TriedMembership), "group_id", TRIED),
    Stays(table_of(Reckoning), "after", "how far it has come among all ids"),
)
THINGS: Final = frozenset(
    {
        "campaign_id",
        "complaint_id",
        "import_id",
        "key",
        "merge_id",
        "order_id",
        "request_id",
        "rule_id",
        "segment_id",
        "snapshot_id",
        "task_id",
        "touchpoint_id",
    }
)
"""Ids of no customer."""
