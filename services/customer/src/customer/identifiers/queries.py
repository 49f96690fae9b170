"""Finding whose an identifier is."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select, tuple_
from sqlmodel import col

from customer.entity import table_of
from customer.identifiers.models import Identifier
from kit.bulk import document, sent
from kit.database import AsyncSession, Database
from kit.merging.mergers import current_ids
from kit.rows import Rows
from kit.tables import alias

Key = tuple[str, str]
_given = sent(table_of(Identifier), ("scheme", "value"))
_owners = select(Identifier.scheme, Identifier.value, Identifier.customer_id).where(  # type: ignore[call-overload]
    tuple_(col(Identifier.scheme), col(Identifier.value)).in_(
        select(_given.c.scheme, _given.c.value)
    )
)

_aliases = select(alias.c.current_id, alias.c.old_id).where(
    alias.c.current_id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)
_aliases_shown = Rows(_aliases)


async def owners(session: AsyncSession, keys: Iterable[Key]) -> dict[Key, UUID]:
    """Whose each identifier is, for those that are somebody's."""
    asked = [{"scheme": scheme, "value": value} for scheme, value in keys]
    if not asked:
        return {}
    rows = (await session.execute(_owners, document(asked))).all()
    return {(row.scheme, row.value): row.customer_id for row in rows}


async def survivors(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Old id to the id that the customer is known by, for those ids that are old."""
    return await current_ids(session, ids)


async def old_ids(session: AsyncSession, customer_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The ids that each customer goes by besides their own."""
    rows = (await session.execute(_aliases, {"ids": list(customer_ids)})).all()
    return _by_customer(customer_ids, rows)


async def every_id(session: AsyncSession, customer_id: UUID) -> list[UUID]:
    """All ids that the customer goes by who has, or once had, this one; that of today first."""
    today = (await survivors(session, [customer_id])).get(customer_id, customer_id)
    return [today, *(await old_ids(session, [today]))[today]]


async def old_ids_shown(db: Database, customer_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The same for showing, on hot paths."""
    return _by_customer(customer_ids, await _aliases_shown.all(db, ids=list(customer_ids)))


def _by_customer(customer_ids: Sequence[UUID], rows: Sequence[Any]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {each: [] for each in customer_ids}
    for row in rows:
        found[row.current_id].append(row.old_id)
    return found
