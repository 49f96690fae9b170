"""Earning rules, and what each order has earned."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.entity import Row

PERCENT = 100


class EarningRule(Row, table=True):
    """`points` for every `per_minor` minor units spent, for orders placed while it is valid."""

    __tablename__ = "earning_rule"
    __table_args__ = (
        CheckConstraint(one_of("kind", "proportional"), name="earning_rule_kind"),
        CheckConstraint("points > 0 AND per_minor > 0", name="earning_rule_rate"),
        CheckConstraint("valid_until > valid_from", name="earning_rule_validity"),
    )

    code: str = words(primary_key=True)
    kind: str = words()
    points: int = long()
    per_minor: int = long()
    currency: str | None = words(default=None)
    valid_from: datetime = moment()
    valid_until: datetime | None = moment(default=None)

    def fits(self, currency: str, at: datetime) -> bool:
        begun = self.valid_from <= at
        ended = self.valid_until is not None and self.valid_until <= at
        return begun and not ended and self.currency in (None, currency)

    def earned(self, amount_minor: int, percent: int) -> int:
        """Whole points: what is left of a point is nobody's."""
        return amount_minor * self.points * percent // (self.per_minor * PERCENT)


class OrderEarning(Row, table=True):
    """An order that was placed, cancelled, or cancelled before we heard that it was placed."""

    __tablename__ = "order_earning"
    __table_args__ = (
        CheckConstraint(
            "placed_at IS NOT NULL OR cancelled_at IS NOT NULL", name="order_was_heard_of"
        ),
        CheckConstraint("points >= 0", name="order_earns_nothing_negative"),
    )

    order_id: UUID = Field(primary_key=True)
    customer_id: UUID
    placed_at: datetime | None = moment(default=None)
    cancelled_at: datetime | None = moment(default=None)
    rule_code: str | None = words(default=None)
    points: int = long(default=0)
    posting_id: UUID | None = None
