"""Benefits that campaigns asked for, and the money that has to be paid out for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity


class Benefit(Entity, table=True):
    """What one task granted: fulfilled or refused, once and for all."""

    __tablename__ = "benefit"
    __table_args__ = (
        CheckConstraint(one_of("outcome", "fulfilled", "refused"), name="benefit_outcome"),
        CheckConstraint("cost_minor >= 0 AND points >= 0", name="benefit_costs_nothing_negative"),
        CheckConstraint(
            "outcome = 'fulfilled' OR (cost_minor = 0 AND points = 0 AND reason <> '')",
            name="refused_benefit_costs_nothing_and_says_why",
        ),
        Index("benefit_by_customer", "customer_id", "id"),
    )

    task_id: UUID = Field(unique=True)
    campaign_id: UUID
    customer_id: UUID
    kind: str = words()
    outcome: str = words()
    reason: str = words()
    points: int = long()
    cost_minor: int = long()
    currency: str = words()
    granted_at: datetime = moment()


class Payout(Entity, table=True):
    """Money owed to a customer for a benefit."""

    __tablename__ = "payout"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="payout_is_positive"),
        CheckConstraint(one_of("status", "due", "paid"), name="payout_status"),
    )

    benefit_id: UUID = Field(unique=True, foreign_key="benefit.id")
    customer_id: UUID
    amount_minor: int = long()
    currency: str = words()
    status: str = words(default="due")
