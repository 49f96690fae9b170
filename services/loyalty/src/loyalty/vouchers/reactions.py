"""What becomes of vouchers when an order is cancelled."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed
from loyalty.vouchers.commands import freeing


class OrderCancelled(Heard):
    """The part of a cancellation that vouchers need."""

    order_id: UUID
    customer_id: Followed


async def give_vouchers_of_cancelled_orders_back(
    session: AsyncSession, events: list[OrderCancelled]
) -> None:
    """Also for an order whose vouchers come later: they are refused then."""
    orders = sorted({each.order_id for each in events})
    customers = sorted({each.customer_id for each in events})
    await freeing.give_vouchers_back(session, orders, customers)
