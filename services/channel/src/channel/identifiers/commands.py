"""Giving an id to whoever is named and unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from channel.identifiers.events import CustomerNamed
from channel.identifiers.models import known_customer, named_customer
from channel.identifiers.naming import CustomerById, CustomerByIdentifier, CustomerMeant, Identifier
from channel.identifiers.queries import customers_called, known_among
from kit.database import AsyncSession
from kit.events import record
from kit.merging.following import stay
from kit.merging.mergers import current_ids
from kit.models import utcnow, uuid7


class Whereabouts(NamedTuple):
    """Where somebody was named: they belong there until the customer service knows better."""

    unit: str
    partner_code: str | None


@dataclass(frozen=True, slots=True)
class Customers:
    """Who is behind each identifier, and who of them was named just now."""

    ids: Mapping[Identifier, UUID]
    named: frozenset[Identifier]


async def customers_meant(
    session: AsyncSession, meant: Mapping[CustomerMeant, Whereabouts]
) -> dict[CustomerMeant, UUID]:
    """The customers meant; by identifier everybody has one in the end, an unknown id has none."""
    called = {
        each.identifier: where
        for each, where in meant.items()
        if isinstance(each, CustomerByIdentifier)
    }
    await stay(session)
    asked = {each.id for each in meant if isinstance(each, CustomerById)}
    current = await current_ids(session, asked)
    known = await known_among(session, {current.get(each, each) for each in asked})
    ids = (await find_or_name(session, called)).ids
    today = {
        each: ids[each.identifier]
        if isinstance(each, CustomerByIdentifier)
        else current.get(each.id, each.id)
        for each in meant
    }
    return {
        each: customer
        for each, customer in today.items()
        if isinstance(each, CustomerByIdentifier) or customer in known
    }


async def find_or_name(
    session: AsyncSession, wanted: Mapping[Identifier, Whereabouts]
) -> Customers:
    """The customers behind identifiers; who is unknown is named, once however many ask at once."""
    ids = await customers_called(session, wanted)
    unknown = {each: wanted[each] for each in sorted(wanted.keys() - ids.keys())}
    if not unknown:
        return Customers(ids, frozenset())
    named = await _name(session, unknown)
    ids |= named
    if beaten_to_it := unknown.keys() - named.keys():
        ids |= await customers_called(session, beaten_to_it)
    return Customers(ids, frozenset(named))


async def _name(
    session: AsyncSession, unknown: Mapping[Identifier, Whereabouts]
) -> dict[Identifier, UUID]:
    now = utcnow()
    rows = [
        {"scheme": each.scheme, "value": each.value, "customer_id": uuid7(), "named_at": now}
        for each in unknown
    ]
    statement = insert(named_customer).values(rows).on_conflict_do_nothing()
    inserted = await session.execute(statement.returning(named_customer))
    named = {Identifier(row.scheme, row.value): row.customer_id for row in inserted}
    if named:
        await _keep_units(session, {named[each]: unknown[each].unit for each in named})
    for each, customer_id in named.items():
        record(
            session,
            CustomerNamed(
                customer_id=customer_id,
                scheme=each.scheme,
                value=each.value,
                unit=unknown[each].unit,
                partner_code=unknown[each].partner_code,
            ),
        )
    return named


async def _keep_units(session: AsyncSession, units: Mapping[UUID, str]) -> None:
    rows = [{"customer_id": each, "version": -1, "unit": unit} for each, unit in units.items()]
    await session.execute(insert(known_customer).values(rows).on_conflict_do_nothing())
