"""Rewards as they are stored: their terms, their stock, and what was handed out."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, text
from sqlmodel import Field

from kit.models import moment, utcnow
from kit.units import lies_below
from loyalty.columns import long, one_of, words
from loyalty.currencies.models import POINTS
from loyalty.entity import Entity, Row
from loyalty.points.models import MOST_POINTS

MOST_STOCK = 10**9
MOST_AT_ONCE = 100


class RewardKind(StrEnum):
    GIFT = "gift"
    VOUCHER = "voucher"
    TOP_UP = "top_up"
    CASH_BACK = "cash_back"
    PARTNER = "partner"


class RewardState(StrEnum):
    DRAFT = "draft"
    LIVE = "live"
    ENDED = "ended"


class RewardBarrier(StrEnum):
    """Why a member may not have a reward now."""

    NOT_LIVE = "not_live"
    NOT_YET = "not_yet"
    ENDED = "ended"
    OTHER_UNIT = "other_unit"
    TIER_TOO_LOW = "tier_too_low"
    NOT_IN_SEGMENT = "not_in_segment"
    OUT_OF_STOCK = "out_of_stock"
    LIMIT_REACHED = "limit_reached"
    DAILY_LIMIT_REACHED = "daily_limit_reached"
    NOT_FOR_POINTS = "not_for_points"
    NOT_ENOUGH_POINTS = "not_enough_points"


ONE = {"server_default": "1"}
PAID_IN_MONEY = (RewardKind.TOP_UP, RewardKind.CASH_BACK)


class Reward(Entity, table=True):
    """Something a member may have, and on which terms.

    Without a `price` it is not sold for points, only handed out. `value_minor` is the money that
    the member gets by one, `cost_minor` what one costs the programme. Empty `segments` are all. Up
    to `most_at_once` are taken by one redemption.
    """

    __tablename__ = "reward"
    __table_args__ = (
        CheckConstraint(one_of("kind", *RewardKind), name="reward_kind"),
        CheckConstraint(one_of("state", *RewardState), name="reward_state"),
        CheckConstraint(f"price BETWEEN 1 AND {MOST_POINTS}", name="reward_price"),
        CheckConstraint("cost_minor >= 0 AND value_minor > 0", name="reward_money"),
        CheckConstraint(
            f"({one_of('kind', *PAID_IN_MONEY)}) = (value_minor IS NOT NULL)",
            name="reward_paid_in_money_has_a_value",
        ),
        CheckConstraint(
            "(kind = 'partner') = (partner_code IS NOT NULL)", name="reward_of_a_partner"
        ),
        CheckConstraint(
            "(kind = 'voucher') = (voucher_type IS NOT NULL)", name="reward_by_voucher"
        ),
        CheckConstraint(
            "least(most_per_member, most_per_day) > 0", name="reward_limits_are_positive"
        ),
        CheckConstraint(f"most_at_once BETWEEN 1 AND {MOST_AT_ONCE}", name="reward_most_at_once"),
        CheckConstraint("valid_until > valid_from", name="reward_validity"),
        CheckConstraint("(state = 'draft') = (published_at IS NULL)", name="reward_was_published"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="reward_was_ended"),
        Index("reward_by_unit", "unit", "code", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    code: str = words(unique=True)
    kind: str = words()
    state: str = words(default=RewardState.DRAFT)
    name: str = words()
    description: str = words(default="")
    unit: str = words()
    currency: str = words(foreign_key="currency.code", default=POINTS)
    price: int | None = long(default=None)
    money: str = words()
    cost_minor: int = long(default=0)
    value_minor: int | None = long(default=None)
    partner_code: str | None = words(default=None)
    voucher_type: str | None = words(default=None)
    lowest_tier: str | None = words(foreign_key="tier.code", default=None)
    segments: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    most_per_member: int | None = long(default=None)
    most_per_day: int | None = long(default=None)
    most_at_once: int = Field(default=1, sa_column_kwargs=ONE)
    valid_from: datetime | None = moment(default=None)
    valid_until: datetime | None = moment(default=None)
    defined_by: str = words()
    published_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)

    @property
    def is_limited_by_member(self) -> bool:
        return self.most_per_member is not None or self.most_per_day is not None

    def is_over(self, now: datetime) -> bool:
        ended = self.state == RewardState.ENDED
        return ended or (self.valid_until is not None and self.valid_until <= now)

    def reaches(self, unit: str) -> bool:
        """Whether members of `unit` are among those it is for."""
        return lies_below(unit, self.unit)


class RewardStock(Row, table=True):
    """How many there are of a reward that can run out; apart, since everybody changes this row."""

    __tablename__ = "reward_stock"
    __table_args__ = (
        CheckConstraint("given BETWEEN 0 AND stocked", name="reward_stock_is_never_overdrawn"),
        CheckConstraint(f"stocked <= {MOST_STOCK}", name="reward_stock_within_bounds"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    reward_id: UUID = Field(foreign_key="reward.id", primary_key=True)
    stocked: int = long()
    given: int = long(default=0)


class RewardGiven(Row, table=True):
    """So `many` of a reward that a customer has, or that are kept for them; once per source.

    `cost_minor` is what all of them cost when they were taken. What was given back counts neither against the stock nor against the member's limits. `day` is
    the member's own.
    """

    __tablename__ = "reward_given"
    __table_args__ = (
        CheckConstraint("many > 0", name="reward_given_is_something"),
        CheckConstraint("cost_minor >= 0", name="reward_given_costs_nothing_negative"),
        Index(
            "reward_given_to",
            "customer_id",
            "reward_id",
            postgresql_where=text("returned_at IS NULL"),
        ),
        Index("reward_given_of", "reward_id", postgresql_where=text("returned_at IS NULL")),
        Index("reward_given_by_time", "given_at", postgresql_using="brin"),
        Index(
            "reward_given_back",
            "returned_at",
            postgresql_where=text("returned_at IS NOT NULL"),
        ),
    )

    source_kind: str = words(primary_key=True)
    source_id: UUID = Field(primary_key=True)
    reward_id: UUID = Field(foreign_key="reward.id")
    customer_id: UUID
    day: date
    many: int = Field(default=1, sa_column_kwargs=ONE)
    cost_minor: int = long(default=0, sa_column_kwargs={"server_default": "0"})
    money: str = words(default="", sa_column_kwargs={"server_default": ""})
    given_at: datetime = moment(default_factory=utcnow)
    returned_at: datetime | None = moment(default=None)


@dataclass(frozen=True, slots=True)
class HandOut:
    """A reward that somebody is to have for nothing, once per source."""

    reward_code: str
    customer_id: UUID
    source_kind: str
    source_id: UUID


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What became of it: `given`, or `unknown`, `ended`, `out_of_stock`, `not_allowed` with why."""

    source_id: UUID
    outcome: str
    title: str = ""
    cost_minor: int = 0
    currency: str = ""
    reason: str = ""
