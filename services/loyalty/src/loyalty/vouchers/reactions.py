"""What becomes of vouchers when an order is cancelled, or a customer is forgotten."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed
from loyalty.vouchers.commands import forgetting, freeing


class OrderCancelled(Heard):
    """The part of a cancellation that vouchers need."""

    order_id: UUID
    customer_id: Followed


class ErasureRequested(Heard):
    customer_id: UUID
    alias_ids: list[UUID]


async def withdraw_vouchers_of_the_erased(session: AsyncSession, event: ErasureRequested) -> None:
    """Nobody is left who could use them: what they were worth is owed no longer."""
    await forgetting.forget_vouchers_of(session, [event.customer_id, *event.alias_ids])


async def give_vouchers_of_cancelled_orders_back(
    session: AsyncSession, events: list[OrderCancelled]
) -> None:
    """Also for an order whose vouchers come later: they are refused then."""
    orders = sorted({each.order_id for each in events})
    customers = sorted({each.customer_id for each in events})
    await freeing.give_vouchers_back(session, orders, customers)
