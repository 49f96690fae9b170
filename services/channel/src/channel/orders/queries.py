"""Looking orders up."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from channel.orders.models import Order
from kit.database import AsyncSession
from kit.identity import Caller
from kit.paging import Page, page
from kit.units import below


def seen_by(caller: Caller, partner_code: str | None) -> ColumnElement[bool]:
    """A partner sees what its systems placed, customers their own, others those of their unit."""
    if partner_code is not None:
        return col(Order.reporter) == partner_code
    if "customer" in caller.roles:
        return col(Order.customer_id) == _own_id(caller)
    return below(col(Order.unit), caller.unit or "")


async def orders_by_id(
    session: AsyncSession, ids: Collection[UUID], seen: ColumnElement[bool]
) -> dict[UUID, Order]:
    statement = select(Order).where(col(Order.id).in_(ids), seen)
    return {order.id: order for order in await session.exec(statement)}


async def orders_of(
    session: AsyncSession, customer_id: UUID, *, first: int, after: str | None
) -> Page[Order]:
    """What the customer bought, newest first."""
    statement = select(Order).where(Order.customer_id == customer_id)
    by = [col(Order.placed_at), col(Order.id)]
    return await page(session, statement, by, first=first, after=after)


def _own_id(caller: Caller) -> UUID | None:
    try:
        return UUID(str(caller.claims.get("customer")))
    except ValueError:
        return None
