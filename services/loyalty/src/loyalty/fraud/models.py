"""Fraud rules, the acts they are asked about, and the marks by which devices are recognised."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from kit.models import moment, utcnow
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity, Row

LONGEST_WINDOW_SECONDS: Final = 31 * 86_400
MOST_ALLOWED: Final = 10**12


class ActKind(StrEnum):
    EARNING = "earning"
    REFERRAL = "referral"
    REDEMPTION = "redemption"
    RED_PACKET = "red_packet"
    LOTTERY = "lottery"
    TRANSFER = "transfer"


class FraudRuleKind(StrEnum):
    VELOCITY = "velocity"
    DUPLICATE = "duplicate"
    RING = "ring"
    SELF_DEALING = "self_dealing"


class FraudMeasure(StrEnum):
    ACTS = "acts"
    POINTS = "points"


class FraudSubject(StrEnum):
    CUSTOMER = "customer"
    DEVICE = "device"
    ACCOUNT = "account"
    ADDRESS = "address"
    ANYBODY = "anybody"


class FraudAction(StrEnum):
    FLAG = "flag"
    HOLD = "hold"
    REFUSE = "refuse"


MARKED: Final = (FraudSubject.DEVICE, FraudSubject.ACCOUNT, FraudSubject.ADDRESS)


class FraudRule(Entity, table=True):
    """One version of a limit. What is measured for an act may be `threshold` at most.

    The version without `retired_at` is in force; a version never changes.
    """

    __tablename__ = "fraud_rule"
    __table_args__ = (
        UniqueConstraint("code", "version", name="fraud_rule_version_is_one"),
        CheckConstraint(one_of("kind", *FraudRuleKind), name="fraud_rule_kind"),
        CheckConstraint(one_of("measure", *FraudMeasure), name="fraud_rule_measure"),
        CheckConstraint(one_of("per", *FraudSubject), name="fraud_rule_per"),
        CheckConstraint(one_of("action", *FraudAction), name="fraud_rule_action"),
        CheckConstraint(
            f"threshold BETWEEN 0 AND {MOST_ALLOWED}", name="fraud_rule_threshold_in_bounds"
        ),
        CheckConstraint(
            f"window_seconds BETWEEN 1 AND {LONGEST_WINDOW_SECONDS}",
            name="fraud_rule_window_in_bounds",
        ),
        CheckConstraint("cardinality(act_kinds) > 0", name="fraud_rule_is_about_some_acts"),
        CheckConstraint(
            "kind = 'velocity' OR measure = 'acts'", name="fraud_rule_counts_points_of_velocity"
        ),
        CheckConstraint(
            f"kind <> 'ring' OR {one_of('per', *MARKED)}", name="fraud_rule_ring_shares_something"
        ),
        CheckConstraint(
            "CASE kind WHEN 'duplicate' THEN per IN ('customer', 'anybody') "
            "ELSE per <> 'anybody' END",
            name="fraud_rule_duplicates_of_a_customer_or_anybody",
        ),
        Index(
            "one_fraud_rule_in_force",
            "code",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    code: str = words()
    version: int
    name: str = words()
    kind: str = words()
    act_kinds: list[str] = Field(sa_type=ARRAY(Text))
    measure: str = words(default=FraudMeasure.ACTS)
    per: str = words()
    threshold: int = long()
    window_seconds: int
    action: str = words()
    set_by: str = words()
    retired_at: datetime | None = moment(default=None)


class Mark(Row, table=True):
    """A device, a payment account or an address, as a keyed hash: of whom, it does not say.

    Whoever counts by it holds its row, so that two never count past each other.
    """

    __tablename__ = "mark"
    __table_args__ = (
        CheckConstraint(one_of("kind", *MARKED), name="mark_kind"),
        Index("mark_by_age", "last_seen_at"),
    )

    id: UUID = Field(primary_key=True)
    kind: str = words()
    last_seen_at: datetime = moment()


class CustomerMark(Row, table=True):
    """That a customer was met with a device, a payment account or an address."""

    __tablename__ = "customer_mark"
    __table_args__ = (
        Index("customer_mark_by_customer", "customer_id"),
        Index("customer_mark_by_age", "last_seen_at"),
    )

    mark_id: UUID = Field(foreign_key="mark.id", primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    kind: str = words()
    first_seen_at: datetime = moment()
    last_seen_at: datetime = moment()


class ScreenedAct(Row, table=True):
    """An act that rules were asked about: what they count, and what they said.

    `position` is the order in which acts were screened.
    """

    __tablename__ = "screened_act"
    __table_args__ = (
        UniqueConstraint("kind", "key", name="an_act_is_screened_once"),
        CheckConstraint(one_of("kind", *ActKind), name="screened_act_kind"),
        CheckConstraint(one_of("action", *FraudAction), name="screened_act_action"),
        CheckConstraint("points >= 0", name="screened_act_is_nothing_negative"),
        Index("screened_act_by_customer", "customer_id", "at"),
        *(
            Index(
                f"screened_act_by_{name}",
                name,
                "at",
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in (*MARKED, "content", "counterpart_id")
        ),
        Index("screened_act_by_age", "at", postgresql_using="brin"),
    )

    position: int | None = Field(
        default=None,
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[Identity(always=False)],
    )
    kind: str = words()
    key: str = words()
    customer_id: UUID
    counterpart_id: UUID | None = None
    device: UUID | None = None
    account: UUID | None = None
    address: UUID | None = None
    content: UUID | None = None
    partner_code: str | None = words(default=None)
    caused_by: str | None = words(default=None)
    points: int = long()
    at: datetime = moment()
    action: str | None = words(default=None)
    rule_code: str | None = words(default=None)


@dataclass(frozen=True, slots=True)
class Act:
    """Something a customer did that gives or moves points, or takes a reward.

    `key` names it for ever, among acts of its kind. `device`, `account` (whence they pay) and
    `address` are told as they are and kept as marks; without them the last ones count by which the
    customer, or whom the act came `through`, is known. `content` is what makes two acts the same;
    `counterpart` the other customer of a referral or a transfer; `caused_by` the subject of whoever
    asked for it.
    """

    kind: ActKind
    customer_id: UUID
    key: str
    points: int = 0
    device: str | None = None
    at: datetime = field(default_factory=utcnow)
    account: str | None = None
    address: str | None = None
    content: str | None = None
    counterpart: UUID | None = None
    through: UUID | None = None
    partner_code: str | None = None
    caused_by: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """An act does not go through: it waits for a person (`hold`), or never will (`refuse`)."""

    action: FraudAction
    rule_code: str
    review_id: UUID | None

    @property
    def waits(self) -> bool:
        return self.action == FraudAction.HOLD
