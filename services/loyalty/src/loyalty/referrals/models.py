"""Referrals as they are stored, the codes by which they come, and on which terms they qualify."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from kit.models import moment, utcnow
from loyalty.columns import long, words
from loyalty.entity import Entity, Row

MOST_DAYS = 730
MOST_PER_MONTH = 10_000
FIRST_VERSION = {"server_default": "1"}


class ReferralProgramme(Row, table=True):
    """On which terms referrals qualify; the newest version is in force, none ever changes.

    A referral keeps the version under which it was told. `link` is what a code is put after.
    """

    __tablename__ = "referral_programme"
    __table_args__ = (
        CheckConstraint("lowest_order_minor >= 0", name="referral_takes_an_order_of_some_amount"),
        CheckConstraint(f"within_days BETWEEN 1 AND {MOST_DAYS}", name="referral_waits_for_days"),
        CheckConstraint(
            f"most_per_month BETWEEN 1 AND {MOST_PER_MONTH}", name="referrals_of_a_month"
        ),
    )

    version: int = Field(primary_key=True)
    lowest_order_minor: int = long()
    within_days: int
    most_per_month: int | None = None
    link: str = words(default="")
    set_by: str = words()
    set_at: datetime = moment(default_factory=utcnow)


class ReferralCode(Row, table=True):
    """What a customer gives to those they bring; whoever was merged into them had one as well."""

    __tablename__ = "referral_code"
    __table_args__ = (Index("referral_code_by_customer", "customer_id"),)

    code: str = words(primary_key=True)
    customer_id: UUID
    made_at: datetime = moment(default_factory=utcnow)


class Referral(Entity, table=True):
    """Who brought a customer: one at most.

    Where the two turn out to be one customer and are merged, it counts for nobody any more.
    It qualifies with the first order of the referred that is enough and in time; when that order is
    cancelled, with the next.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(
            "(order_id IS NULL) = (qualified_at IS NULL)", name="a_referral_qualifies_by_an_order"
        ),
        Index("referral_by_referrer", "referrer_id", "id"),
        Index("referral_by_order", "order_id"),
    )

    referrer_id: UUID
    referred_id: UUID = Field(unique=True)
    told_by: str = words()
    code: str | None = words(default=None)
    programme_version: int = Field(
        default=1, foreign_key="referral_programme.version", sa_column_kwargs=FIRST_VERSION
    )
    qualified_at: datetime | None = moment(default=None)
    order_id: UUID | None = None

    def qualifies_until(self, programme: ReferralProgramme) -> datetime:
        return self.created_at + timedelta(days=programme.within_days)
