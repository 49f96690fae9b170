"""Products come with orders, and go when orders are cancelled."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlmodel import col

from customer.entity import table_of
from customer.holdings.models import CancelledOrder, EarlyHolding
from customer.profiles.commands import announce
from customer.profiles.facts import CustomerStatus, KnownFacts
from customer.profiles.queries import customers_for_update
from kit.bulk import insert_new_rows
from kit.database import AsyncSession

BY_ORDER: Final = "order"
_take_turns = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(id::text, 0)) "
    "FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS given(id, place) ORDER BY place"
)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What an order gives to whom."""

    order_id: UUID
    customer_id: UUID
    product_codes: Sequence[str]
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What takes an order's products away again."""

    order_id: UUID
    customer_id: UUID
    cancelled_at: datetime


async def hold_products(session: AsyncSession, purchases: Sequence[Purchase]) -> None:
    """Each customer has what they ordered; a prospect becomes active.

    For somebody not known yet it is kept until they are.
    """
    found = await customers_for_update(session, (each.customer_id for each in purchases))
    unknown = {each.customer_id for each in purchases} - found.keys()
    if unknown:
        await take_turns(session, unknown)
        found |= await customers_for_update(session, unknown)
    gone = await _cancelled(session, [each.order_id for each in purchases])
    standing = [each for each in purchases if each.order_id not in gone]
    changed = {
        customer.id: customer
        for each in standing
        if (customer := found.get(each.customer_id)) is not None and give(customer, each)
    }
    announce(session, list(changed.values()))
    early = [each for each in standing if each.customer_id not in found]
    await insert_new_rows(session, table_of(EarlyHolding), list(_kept_for_later(early)))


async def take_back_products(
    session: AsyncSession,
    orders: Sequence[Cancellation],
    once_one: Mapping[UUID, Collection[UUID]],
) -> None:
    """Take back what the orders gave, now or when they are heard of.

    Of two who were one for a while the order may lie with the other: `once_one` says who that is.
    """
    whose = [(each, {each.customer_id, *once_one.get(each.customer_id, ())}) for each in orders]
    found = await customers_for_update(session, {one for _, ids in whose for one in ids})
    changed = {
        customer.id: customer
        for each, ids in whose
        for one in sorted(ids & found.keys())
        if (customer := found[one]).release(each.cancelled_at, order_id=str(each.order_id))
    }
    announce(session, list(changed.values()))
    rows = [{"order_id": each.order_id, "cancelled_at": each.cancelled_at} for each in orders]
    await insert_new_rows(session, table_of(CancelledOrder), rows)
    ids = [each.order_id for each in orders]
    await session.execute(delete(EarlyHolding).where(col(EarlyHolding.order_id).in_(ids)))


def give(customer: KnownFacts, purchase: Purchase) -> bool:
    """Have the customer hold what they ordered; whether anything changed."""
    order_id = str(purchase.order_id)
    changed = [
        customer.hold(code, purchase.placed_at, BY_ORDER, order_id)
        for code in purchase.product_codes
    ]
    if customer.status == CustomerStatus.PROSPECT:
        customer.status = CustomerStatus.ACTIVE
        changed.append(True)
    return any(changed)


async def early_purchases(session: AsyncSession, ids: Iterable[UUID]) -> list[Purchase]:
    """What these customers ordered before they were known: kept here no longer."""
    statement = (
        delete(EarlyHolding)
        .where(col(EarlyHolding.customer_id).in_(list(ids)))
        .returning(*table_of(EarlyHolding).columns)
    )
    return [
        Purchase(row.order_id, row.customer_id, [row.product_code], row.since)
        for row in (await session.execute(statement)).all()
    ]


async def take_turns(session: AsyncSession, ids: Iterable[UUID]) -> None:
    """Until this transaction ends, nobody else takes a turn for one of these unknown ids."""
    await session.execute(_take_turns, {"ids": sorted(set(ids))})


async def _cancelled(session: AsyncSession, order_ids: Sequence[UUID]) -> set[UUID]:
    statement = select(CancelledOrder.order_id).where(col(CancelledOrder.order_id).in_(order_ids))  # type: ignore[call-overload]
    return set((await session.scalars(statement)).all())


def _kept_for_later(purchases: Iterable[Purchase]) -> Iterable[dict[str, object]]:
    for each in purchases:
        for code in dict.fromkeys(each.product_codes):
            yield {
                "customer_id": each.customer_id,
                "product_code": code,
                "order_id": each.order_id,
                "since": each.placed_at,
            }
