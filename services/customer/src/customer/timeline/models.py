"""What is kept of each thing that happened, and for how long."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from customer.entity import Table
from kit.models import moment

PARTITIONS: Final = "timeline"
"""The schema that the months lie in."""

EVERY_KIND: Final = "*"
"""The kind under which the policy for all others is kept."""
KINDS: Final = (
    "touchpoint",
    "decision",
    "task_dispatched",
    "task_progressed",
    "task_closed",
    "order_placed",
    "order_cancelled",
    "conversion",
    "points_earned",
    "points_spent",
    "points_reversed",
    "points_returned",
    "points_expired",
    "points_adjusted",
    "points_transferred",
    "tier_changed",
    "club_joined",
    "club_left",
    "achievement_reached",
    "achievement_lost",
    "achievement_rewarded",
    "achievement_withheld",
    "leaderboard_won",
    "benefit_fulfilled",
    "benefit_refused",
    "benefit_reversed",
    "privilege_given",
    "privilege_ended",
    "consent_given",
    "consent_withdrawn",
    "feedback",
    "complaint_opened",
    "complaint_closed",
    "complaint_reopened",
    "group_joined",
    "group_left",
    "special_list_joined",
    "special_list_left",
    "voucher_issued",
    "voucher_redeemed",
    "voucher_expired",
    "voucher_released",
    "redemption_reserved",
    "redemption_confirmed",
    "redemption_fulfilled",
    "redemption_released",
    "redemption_failed",
    "fulfilment_requested",
    "fulfilment_recalled",
    "fulfilment_completed",
    "fulfilment_failed",
    "lottery_drawn",
    "red_packet_taken",
    "red_packet_returned",
    "referral_qualified",
    "referral_disqualified",
    "points_matured",
    "points_locked",
    "points_released",
    "points_expiring",
    "account_opened",
    "benefit_granted",
)
"""What happens with customers."""


class TimelineEntry(Table, table=True):
    """One thing that happened, under the id the customer had then. Partitioned by month."""

    __tablename__ = "timeline_entry"
    __table_args__ = (
        Index("timeline_entry_by_age", "occurred_at", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )

    customer_id: UUID = Field(primary_key=True)
    occurred_at: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    details: list[list[str]] = Field(sa_type=JSONB)
    heard_at: datetime = moment()
    channel_code: str | None = Field(default=None, sa_type=Text)
    campaign_id: UUID | None = None


class TimelineRetention(Table, table=True):
    """For how many whole months entries of a kind are kept; without a row: for ever."""

    __tablename__ = "timeline_retention"
    __table_args__ = (CheckConstraint("months BETWEEN 1 AND 1200", name="retention_in_bounds"),)

    kind: str = Field(primary_key=True, sa_type=Text)
    months: int
    set_by: str = Field(sa_type=Text)
    set_at: datetime = moment()


class TimelineRemoval(Table, table=True):
    """What was removed of a month so far, and by which rule it was looked through last."""

    __tablename__ = "timeline_removal"
    __table_args__ = (CheckConstraint("entries >= 0", name="removed_entries_are_counted"),)

    month: date = Field(primary_key=True)
    rule: str = Field(sa_type=Text)
    whole: bool
    complete: bool
    entries: int = Field(sa_type=BigInteger)
    removed_at: datetime = moment()
