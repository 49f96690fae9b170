"""Orders as they are kept."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from channel.entity import Entity, one_of
from kit.models import moment


class OrderState(StrEnum):
    PLACED = "placed"
    CANCELLED = "cancelled"


class Order(Entity, table=True):
    """What a customer bought. `reference` is the reporter's own: unique per partner.

    `reporter` is the partner whose system placed it, or empty for our own people and systems.
    """

    __tablename__ = "sales_order"
    __table_args__ = (
        one_of("state", OrderState, of="sales_order"),
        UniqueConstraint("reporter", "reference", name="an_order_is_placed_once"),
        CheckConstraint("amount_minor >= 0", name="an_order_is_not_negative"),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="a_cancelled_order_says_when"
        ),
        Index("sales_order_by_customer", "customer_id", "placed_at", "id"),
    )

    reporter: str
    reference: str
    state: str = OrderState.PLACED
    customer_id: UUID
    task_id: UUID | None = None
    campaign_id: UUID | None = None
    offer_code: str | None = None
    channel_code: str
    partner_code: str | None
    unit: str
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    lines: list[dict[str, Any]] = Field(sa_type=JSONB)
    placed_at: datetime = moment()
    imported: bool = False
    cancelled_at: datetime | None = moment(default=None, nullable=True)
