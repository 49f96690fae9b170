"""Accounts as they are stored."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from loyalty.columns import long, words
from loyalty.entity import Entity


class PointsAccount(Entity, table=True):
    """One customer's points; only `post_points` in the database moves them.

    `debt` is the negative promise: points taken back after they were spent, which the next
    earnings recover. `unit` is unknown until the customer's facts have come.
    """

    __tablename__ = "points_account"
    __table_args__ = (
        CheckConstraint("balance >= 0", name="balance_is_never_negative"),
        CheckConstraint("debt >= 0", name="debt_is_never_negative"),
        CheckConstraint("balance = 0 OR debt = 0", name="debt_is_recovered_first"),
        Index("points_account_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    customer_id: UUID = Field(unique=True)
    unit: str | None = words(default=None)
    facts_version: int = long(default=0)
    balance: int = long(default=0)
    debt: int = long(default=0)
