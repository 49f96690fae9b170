"""Earning rules, and what each happening has earned by them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity, Row
from loyalty.points.models import MOST_POINTS

FOR_EVER = date(1000, 1, 1)
"""The day under which all days together are counted."""
MOST_DAYS: Final = 365
"""For so long at most what was earned waits before it may be spent."""


class EarningEvent(StrEnum):
    ORDER = "order"
    CONVERSION = "conversion"
    TOUCHPOINT = "touchpoint"
    BIRTHDAY = "birthday"
    FEEDBACK = "feedback"
    REFERRAL = "referral"
    REFERRED = "referred"


class EarningKind(StrEnum):
    PROPORTIONAL = "proportional"
    PROGRESSIVE = "progressive"
    FIXED = "fixed"


class EarningState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class EarningStacking(StrEnum):
    ADDITIVE = "additive"
    EXCLUSIVE = "exclusive"


class EarningReview(StrEnum):
    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"
    REFUSED = "refused"


class EarningStep(StrEnum):
    TIER = "tier"
    BALANCE = "balance"


class EarningRule(Entity, table=True):
    """One version of what a happening gives, and on which terms; only drafts ever change.

    A version is in force from `valid_from` until `valid_until`, also after it was retired: an
    event that comes late earns by the rules of the time when it happened.
    """

    __tablename__ = "earning_rule"
    __table_args__ = (
        UniqueConstraint("code", "version", name="earning_rule_version_is_one"),
        CheckConstraint(one_of("event", *EarningEvent), name="earning_rule_event"),
        CheckConstraint(one_of("kind", *EarningKind), name="earning_rule_kind"),
        CheckConstraint(one_of("state", *EarningState), name="earning_rule_state"),
        CheckConstraint(one_of("stacking", *EarningStacking), name="earning_rule_stacking"),
        CheckConstraint(one_of("steps_by", *EarningStep), name="earning_rule_steps_by"),
        CheckConstraint(
            f"points BETWEEN 1 AND {MOST_POINTS} AND per_minor > 0", name="earning_rule_rate"
        ),
        CheckConstraint(
            "(kind = 'fixed') = (per_minor IS NULL)", name="earning_rule_in_proportion_to_money"
        ),
        CheckConstraint(
            "(kind = 'progressive') = (steps_by IS NOT NULL)", name="earning_rule_progression"
        ),
        CheckConstraint(
            "(event = 'conversion') = (campaign_id IS NOT NULL)", name="earning_rule_campaign"
        ),
        CheckConstraint("partner_percent BETWEEN 0 AND 100", name="earning_rule_partner_percent"),
        CheckConstraint(
            "least(points_per_day, times_per_day, points_in_all, times_in_all) > 0",
            name="earning_rule_caps_are_positive",
        ),
        CheckConstraint(
            f"usable_after_days BETWEEN 0 AND {MOST_DAYS}", name="earning_rule_usable_after"
        ),
        CheckConstraint("valid_until >= valid_from", name="earning_rule_validity"),
        CheckConstraint(
            "state = 'draft' OR valid_from IS NOT NULL", name="earning_rule_in_force_since"
        ),
        CheckConstraint(
            "state <> 'retired' OR valid_until IS NOT NULL", name="earning_rule_in_force_until"
        ),
        Index(
            "one_active_version_of_an_earning_rule",
            "code",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "one_draft_of_an_earning_rule",
            "code",
            unique=True,
            postgresql_where=text("state = 'draft'"),
        ),
    )

    code: str = words()
    version: int
    state: str = words(default=EarningState.DRAFT)
    name: str = words()
    event: str = words()
    touchpoint_kinds: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    campaign_id: UUID | None = None
    kind: str = words()
    points: int = long()
    per_minor: int | None = long(default=None)
    currency: str | None = words(default=None)
    products: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    steps_by: str | None = words(default=None)
    steps: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    condition: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    stacking: str = words(default=EarningStacking.ADDITIVE)
    priority: int = 0
    points_per_day: int | None = long(default=None)
    times_per_day: int | None = long(default=None)
    points_in_all: int | None = long(default=None)
    times_in_all: int | None = long(default=None)
    partner_percent: int = 0
    partner_code: str | None = words(default=None)
    qualifies: bool = False
    usable_after_days: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    valid_from: datetime | None = moment(default=None)
    valid_until: datetime | None = moment(default=None)
    drafted_by: str = words(default="")
    activated_by: str | None = words(default=None)
    activated_at: datetime | None = moment(default=None)

    @property
    def is_capped(self) -> bool:
        caps = (self.points_per_day, self.times_per_day, self.points_in_all, self.times_in_all)
        return any(each is not None for each in caps)

    def in_force(self, at: datetime) -> bool:
        begun = self.valid_from is not None and self.valid_from <= at
        return begun and (self.valid_until is None or at < self.valid_until)


class EarningCap(Row, table=True):
    """The most that all rules for one kind of event give a member in a day."""

    __tablename__ = "earning_cap"
    __table_args__ = (
        CheckConstraint(one_of("event", *EarningEvent), name="earning_cap_event"),
        CheckConstraint("points_per_day > 0", name="earning_cap_is_positive"),
    )

    event: str = words(primary_key=True)
    points_per_day: int = long()


class EarningCount(Row, table=True):
    """What a member was given by a capped rule, or for a capped kind of event, on a day."""

    __tablename__ = "earning_count"
    __table_args__ = (
        CheckConstraint("points >= 0 AND times >= 0", name="earning_count_is_never_negative"),
    )

    customer_id: UUID = Field(primary_key=True)
    scope: str = words(primary_key=True)
    day: date = Field(primary_key=True)
    points: int = long()
    times: int = long()


class Earning(Row, table=True):
    """Something that happened and what it gave; or an order cancelled before it was heard of.

    `lines` say which rule gave what, `postings` how the ledger has it, `event` what past orders
    are asked about when a rule is simulated. `order_id` is the order that a conversion stands on.
    `review` says what fraud limits or a reviewer made of it; rejected or refused, it has no points.
    """

    __tablename__ = "earning"
    __table_args__ = (
        CheckConstraint(one_of("source_kind", *EarningEvent), name="earning_source_kind"),
        CheckConstraint(
            "occurred_at IS NOT NULL OR cancelled_at IS NOT NULL", name="earning_was_heard_of"
        ),
        CheckConstraint("points >= 0", name="earning_is_nothing_negative"),
        CheckConstraint(one_of("review", *EarningReview), name="earning_review"),
        CheckConstraint(
            "review NOT IN ('rejected', 'refused') OR points = 0",
            name="earning_that_is_rejected_gives_nothing",
        ),
        Index("earning_by_customer", "customer_id", "source_id"),
        Index("earning_by_time", "occurred_at", postgresql_using="brin"),
        Index("earning_of_order", "order_id", postgresql_where=text("order_id IS NOT NULL")),
    )

    source_kind: str = words(primary_key=True)
    source_id: UUID = Field(primary_key=True)
    customer_id: UUID
    order_id: UUID | None = None
    campaign_id: UUID | None = None
    occurred_at: datetime | None = moment(default=None)
    cancelled_at: datetime | None = moment(default=None)
    points: int = long(default=0)
    review: str | None = words(default=None)
    event: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    lines: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    postings: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
