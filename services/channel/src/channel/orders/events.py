"""What the platform learns about orders."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, Field

from kit.events import Event


class OrderedLine(BaseModel):
    """One product of an order."""

    product_code: str
    quantity: int
    amount_minor: int


class OrderPlaced(Event):
    """A customer bought something."""

    subject: ClassVar[str] = "octoreach.channel.order.placed.v1"
    about: ClassVar[str] = "customer_id"

    order_id: UUID
    customer_id: UUID
    task_id: UUID | None
    channel_code: str
    partner_code: str | None
    unit: str
    amount_minor: int
    currency: str
    lines: list[OrderedLine]
    placed_at: datetime
    imported: bool


class CustomerRecognised(Event):
    """A customer ordered with a device by which they may be known again; told before the order."""

    subject: ClassVar[str] = "octoreach.channel.customer.recognised.v1"
    about: ClassVar[str] = "customer_id"

    customer_id: UUID
    order_id: UUID
    device: str = Field(json_schema_extra={"x-personal": True})
    at: datetime


class OrderCancelled(Event):
    """An order does not stand any more."""

    subject: ClassVar[str] = "octoreach.channel.order.cancelled.v1"
    about: ClassVar[str] = "customer_id"

    order_id: UUID
    customer_id: UUID
    amount_minor: int
    currency: str
    cancelled_at: datetime
