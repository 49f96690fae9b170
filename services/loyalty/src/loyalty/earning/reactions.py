"""What earning does when orders come and go."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.earning.commands import Cancellation, Purchase, cancel_earnings, earn_for

MOST_MINOR = 10**12


class OrderPlaced(Heard):
    """The part of an order that earning reads."""

    order_id: UUID
    customer_id: UUID
    amount_minor: int = Field(ge=0, le=MOST_MINOR)
    currency: str
    placed_at: datetime


class OrderCancelled(Heard):
    """The part of a cancellation that earning reads."""

    order_id: UUID
    customer_id: UUID
    cancelled_at: datetime


async def earn_points_for_orders(session: AsyncSession, events: list[OrderPlaced]) -> None:
    """Points in proportion to what was spent."""
    await earn_for(
        session,
        [
            Purchase(
                order_id=each.order_id,
                customer_id=each.customer_id,
                amount_minor=each.amount_minor,
                currency=each.currency,
                placed_at=each.placed_at,
            )
            for each in events
        ],
    )


async def take_back_points_of_cancelled_orders(
    session: AsyncSession, events: list[OrderCancelled]
) -> None:
    """A cancelled order takes back what it gave, whichever of the two is heard first."""
    await cancel_earnings(
        session,
        [
            Cancellation(
                order_id=each.order_id,
                customer_id=each.customer_id,
                cancelled_at=each.cancelled_at,
            )
            for each in events
        ],
    )
