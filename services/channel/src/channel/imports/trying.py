"""A dry run: what would become of purchases, with no order placed and nobody named."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from channel.identifiers.commands import Customers
from channel.identifiers.naming import Identifier
from channel.identifiers.queries import customers_called
from channel.imports.models import PurchaseImport, tried_buyer
from channel.imports.purchases import Purchase
from channel.orders.models import Order
from kit.database import AsyncSession


async def whom_they_would_be(session: AsyncSession, purchases: Sequence[Purchase]) -> Customers:
    """The customers behind purchases; who is unknown gets an id that is nobody's."""
    asked = {each.customer for each in purchases}
    known = await customers_called(session, asked)
    ids = {each: known.get(each) or _stand_in(each) for each in asked}
    return Customers(ids, frozenset(asked - known.keys()))


async def count_buyers(
    session: AsyncSession, run: PurchaseImport, customers: Customers, buyers: Collection[UUID]
) -> None:
    """Each buyer once, in whatever chunks they come; those nobody knows would be named."""
    if not buyers:
        return
    rows = [{"import_id": run.id, "key": key} for key in sorted(buyers)]
    statement = insert(tried_buyer).on_conflict_do_nothing().returning(tried_buyer.c.key)
    new = set((await session.execute(statement, rows)).scalars())
    run.customers += len(new)
    run.named += len({customers.ids[each] for each in customers.named} & new)


async def new_among(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """The ids of those that are no orders yet."""
    references = [row["reference"] for row in rows]
    statement = select(Order.reference).where(
        Order.reporter == "", col(Order.reference).in_(references)
    )
    placed = set((await session.exec(statement)).all())
    return {row["id"] for row in rows if row["reference"] not in placed}


async def forget_tried(session: AsyncSession, import_ids: Sequence[UUID]) -> None:
    await session.execute(delete(tried_buyer).where(tried_buyer.c.import_id.in_(import_ids)))


def _stand_in(identifier: Identifier) -> UUID:
    told = f"{identifier.scheme}:{identifier.value}".encode()
    return UUID(bytes=hashlib.blake2b(told, digest_size=16).digest())
