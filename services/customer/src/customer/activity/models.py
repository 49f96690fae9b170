"""Totals by customer, measure and day: what windows are summed from."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text
from sqlmodel import Field

from customer.entity import Table

LONGEST_WINDOW: Final = 366
"""Days that are kept, today included."""
TOUCHPOINT: Final = "touchpoint."
TASK: Final = "task."
ORDER: Final = "order"
ORDER_CANCELLED: Final = "order_cancelled"
SPENT: Final = "spent."


class ActivityDay(Table, table=True):
    """A measure's total on a day (in UTC): events counted, or money in the smallest unit."""

    __tablename__ = "activity_day"
    __table_args__ = (
        CheckConstraint("length(measure) BETWEEN 1 AND 120", name="measure_is_short"),
        Index("activity_day_by_age", "day"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    customer_id: UUID = Field(primary_key=True)
    measure: str = Field(primary_key=True, sa_type=Text)
    day: date = Field(primary_key=True)
    total: int = Field(sa_type=BigInteger)
