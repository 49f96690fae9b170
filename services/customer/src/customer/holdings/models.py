"""What orders leave behind when they come out of order."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from customer.entity import Table
from kit.models import moment


class EarlyHolding(Table, table=True):
    """A product ordered by somebody not known here yet: theirs once they are registered."""

    __tablename__ = "early_holding"

    customer_id: UUID = Field(primary_key=True)
    product_code: str = Field(primary_key=True, sa_type=Text)
    order_id: UUID = Field(primary_key=True)
    since: datetime = moment()


class CancelledOrder(Table, table=True):
    """An order that gives nothing, even if it is heard of only now."""

    __tablename__ = "cancelled_order"

    order_id: UUID = Field(primary_key=True)
    cancelled_at: datetime = moment()
