"""Referrals as they are stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import words
from loyalty.entity import Entity


class Referral(Entity, table=True):
    """Who brought a customer: one at most.

    Where the two turn out to be one customer and are merged, it counts for nobody any more.
    It qualifies with the first order of the referred that is placed after it; when that order is
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
    qualified_at: datetime | None = moment(default=None)
    order_id: UUID | None = None
