"""Erasing customers, and saying so once nothing is left."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Text, cast, or_, select, update
from sqlmodel import col

from customer.entity import table_of
from customer.erasure.events import ErasureConfirmed
from customer.erasure.models import HELD
from customer.groups.hierarchy import let_go_of_children
from customer.imports.models import CustomerImport, ImportRejection
from customer.profiles.models import Customer
from customer.profiles.queries import customers_for_update
from customer.segments.membership import leave_all_segments
from kit.database import AsyncSession
from kit.events import record
from kit.personal.erasing import erase, finish_erasures

TELLING: Final = 4
"""Shorter texts tell nobody apart, and occur everywhere."""


async def erase_customer(session: AsyncSession, request_id: UUID, ids: Sequence[UUID]) -> None:
    """Forget whoever goes by these ids, the first being the one of today; again changes nothing."""
    await let_go_of_children(session, ids)
    for each in (await customers_for_update(session, ids)).values():
        await _forget_in_imports(session, each)
    await leave_all_segments(session, ids)
    await erase(session, HELD, request_id, ids)


async def confirm_erasures(session: AsyncSession) -> None:
    """Tell the platform which erasures are done for good."""
    for done in await finish_erasures(session, HELD):
        record(
            session,
            ErasureConfirmed(request_id=done.request_id, customer_id=done.person, rows=done.rows),
        )


async def _forget_in_imports(session: AsyncSession, customer: Customer) -> None:
    """What refused lines quote of them, and attribute values that nobody else has."""
    told = [*(each["value"] for each in customer.identifiers), customer.name]
    texts = [each for each in [*told, *customer.attributes.values()] if _tells(each)]
    if not texts:
        return
    quoting = [col(ImportRejection.reason), col(ImportRejection.original)]
    quotes = or_(*(each.contains(text, autoescape=True) for each in quoting for text in texts))
    forgotten = update(table_of(ImportRejection)).where(quotes)
    await session.execute(forgotten.values(reason="erased", original=""))
    counted = cast(table_of(CustomerImport).c.attributes, Text)
    tallies = await session.scalars(
        select(CustomerImport)
        .where(or_(*(counted.contains(each, autoescape=True) for each in texts)))
        .order_by(col(CustomerImport.id))
        .with_for_update()
    )
    for each in tallies:
        each.attributes = _without(each.attributes, texts)
        session.add(each)


def _tells(text: object) -> bool:
    return isinstance(text, str) and len(text) >= TELLING


def _without(tally: Mapping[str, Any], texts: Sequence[object]) -> dict[str, Any]:
    return {
        name: {**counted, "values": _unless_alone(counted["values"], texts)}
        for name, counted in tally.items()
    }


def _unless_alone(
    values: Mapping[str, int] | None, texts: Sequence[object]
) -> dict[str, int] | None:
    """The values, without those that one customer alone has."""
    if values is None:
        return None
    return {value: n for value, n in values.items() if n > 1 or value not in texts}
