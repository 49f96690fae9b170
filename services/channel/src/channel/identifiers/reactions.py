"""Following what the customer service says about who is who."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert

from channel.identifiers.models import customer_identifier, known_customer
from kit.database import AsyncSession
from kit.events import Heard


class CalledSo(BaseModel):
    """An identifier as the customer service reports it."""

    scheme: str
    value: str


class CustomerReported(Heard):
    """The part of a customer's facts that tells who they are and where they belong."""

    customer_id: UUID
    version: int
    unit: str
    identifiers: list[CalledSo]


async def learn_registered_customers(session: AsyncSession, events: list[CustomerReported]) -> None:
    """Take over who was registered."""
    await _learn(session, events)


async def learn_changed_customers(session: AsyncSession, events: list[CustomerReported]) -> None:
    """Take over who was changed."""
    await _learn(session, events)


async def _learn(session: AsyncSession, events: list[CustomerReported]) -> None:
    newest: dict[UUID, CustomerReported] = {}
    for event in events:
        known = newest.get(event.customer_id)
        if known is None or event.version > known.version:
            newest[event.customer_id] = event
    news = await _newer(session, newest)
    await _forget_identifiers(session, news)
    await _keep_identifiers(session, news)


async def _newer(
    session: AsyncSession, newest: dict[UUID, CustomerReported]
) -> list[CustomerReported]:
    """Those that say something newer than is known; the others came late."""
    rows = [
        {"customer_id": each, "version": newest[each].version, "unit": newest[each].unit}
        for each in sorted(newest)
    ]
    statement = insert(known_customer).values(rows)
    statement = statement.on_conflict_do_update(
        index_elements=["customer_id"],
        set_={"version": statement.excluded.version, "unit": statement.excluded.unit},
        where=statement.excluded.version > known_customer.c.version,
    )
    updated = await session.execute(statement.returning(known_customer.c.customer_id))
    return [newest[each] for each in updated.scalars()]


async def _forget_identifiers(session: AsyncSession, news: list[CustomerReported]) -> None:
    """Take from these customers what they are no longer called."""
    table = customer_identifier.c
    kept = [(c.scheme, c.value, each.customer_id) for each in news for c in each.identifiers]
    statement = delete(customer_identifier).where(
        table.customer_id.in_([each.customer_id for each in news])
    )
    if kept:
        named = tuple_(table.scheme, table.value, table.customer_id)
        statement = statement.where(named.not_in(kept))
    if news:
        await session.execute(statement)


async def _keep_identifiers(session: AsyncSession, news: list[CustomerReported]) -> None:
    rows = {
        (called.scheme, called.value, each.customer_id): each.event_time
        for each in news
        for called in each.identifiers
    }
    if not rows:
        return
    statement = insert(customer_identifier).values(
        [
            {"scheme": scheme, "value": value, "customer_id": customer, "reported_at": at}
            for (scheme, value, customer), at in sorted(rows.items())
        ]
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["scheme", "value", "customer_id"],
            set_={"reported_at": statement.excluded.reported_at},
        )
    )
