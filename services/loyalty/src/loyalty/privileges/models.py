"""Privileges as they are stored: the catalogue, who has which from when until when, and by tier."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.defining import Defined
from loyalty.entity import Entity, Row

MOST_DAYS = 3_660
EXPIRED, WITHDRAWN = "expired", "withdrawn"


class Privilege(Defined, table=True):
    """Something members may have for `days` at a time; each time costs `cost_minor`."""

    __tablename__ = "privilege"
    __table_args__ = (
        CheckConstraint(f"days BETWEEN 1 AND {MOST_DAYS}", name="privilege_lasts_a_while"),
        CheckConstraint("cost_minor >= 0", name="privilege_cost_is_not_negative"),
    )

    code: str = words(unique=True)
    unit: str = words()
    name: str = words()
    gives: str = words()
    days: int
    cost_minor: int = long()
    currency: str = words()
    retired_at: datetime | None = moment(default=None)


class PrivilegePeriod(Entity, table=True):
    """A time in which a customer has a privilege, given once for what it was given for.

    A renewal is a period of its own, after those that are there.
    """

    __tablename__ = "privilege_period"
    __table_args__ = (
        UniqueConstraint("source_kind", "source_id", name="privilege_is_given_once"),
        CheckConstraint("since < until", name="privilege_period_lasts"),
        CheckConstraint(
            "(ended_at IS NULL) = (end_reason IS NULL) AND "
            f"(end_reason IS NULL OR {one_of('end_reason', EXPIRED, WITHDRAWN)})",
            name="privilege_period_ends_for_a_reason",
        ),
        Index("privilege_period_by_customer", "customer_id", "privilege_code"),
        Index("privilege_period_to_end", "until", postgresql_where=text("ended_at IS NULL")),
    )

    customer_id: UUID
    privilege_code: str = words(foreign_key="privilege.code")
    source_kind: str = words()
    source_id: UUID
    since: datetime = moment()
    until: datetime = moment()
    ended_at: datetime | None = moment(default=None)
    end_reason: str | None = words(default=None)


class TierPrivilege(Row, table=True):
    """A tier brings a privilege for as long as it lasts."""

    __tablename__ = "tier_privilege"

    tier_code: str = words(foreign_key="tier.code", primary_key=True)
    privilege_code: str = words(foreign_key="privilege.code", primary_key=True)


@dataclass(frozen=True, slots=True)
class NewPrivilege:
    """A privilege that a customer is to have, once for its source."""

    code: str
    customer_id: UUID
    source_kind: str
    source_id: UUID


@dataclass(frozen=True, slots=True)
class HeldPrivilege:
    """A privilege that a customer has now; without `until` for as long as their tier lasts."""

    customer_id: UUID
    code: str
    name: str
    gives: str
    since: datetime
    until: datetime | None
    by_tier: str | None
