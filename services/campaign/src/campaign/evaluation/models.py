"""Orders as they were reported, and the conversions they count as."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from campaign.entity import Entity, long, words
from kit.models import moment


class PlacedOrder(Entity, table=True):
    """An order as the channel service reported it; `id` is the order's.

    Cancelled before it was heard of, it is cancelled from the start.
    """

    __tablename__ = "placed_order"
    __table_args__ = (Index("placed_order_by_customer", "customer_id", "placed_at"),)

    customer_id: UUID
    task_id: UUID | None = None
    amount_minor: int = long()
    currency: str = words()
    placed_at: datetime | None = moment(nullable=True)
    cancelled_at: datetime | None = moment(nullable=True)


class Conversion(Entity, table=True):
    """An order that counts for a campaign.

    With a task it is credited to the task's channel; without, the customer was enrolled and bought,
    which counts for their arm.
    """

    __tablename__ = "conversion"
    __table_args__ = (
        Index("conversion_by_customer", "customer_id"),
        Index("conversion_by_campaign", "campaign_id", "id"),
    )

    order_id: UUID = Field(unique=True, foreign_key="placed_order.id")
    campaign_id: UUID
    offer_id: UUID
    task_id: UUID | None = None
    customer_id: UUID
    arm: str = words()
    channel_code: str = words()
    unit: str = words()
    amount_minor: int = long()
    currency: str = words()
    converted_at: datetime = moment()
    reversed_at: datetime | None = moment(nullable=True)
