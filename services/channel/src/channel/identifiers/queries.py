"""Looking customers up by what they are called."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from channel.identifiers.models import known_customer
from channel.identifiers.naming import Identifier
from kit.database import AsyncSession, driver
from kit.identity import Caller
from kit.units import below

# What the customer service says wins over the names we gave, the later of two over the earlier.
WHO = """
    SELECT DISTINCT ON (scheme, value) scheme, value, coalesce(alias.current_id, customer_id)
    FROM unnest($1::text[], $2::text[]) AS asked(scheme, value),
    LATERAL (
        SELECT customer_id, reported_at AS since, 1 AS weight FROM customer_identifier
        WHERE customer_identifier.scheme = asked.scheme AND customer_identifier.value = asked.value
        UNION ALL
        SELECT customer_id, named_at, 0 FROM named_customer
        WHERE named_customer.scheme = asked.scheme AND named_customer.value = asked.value
    ) AS known
    LEFT JOIN alias ON alias.old_id = known.customer_id
    ORDER BY scheme, value, weight DESC, since DESC, customer_id
    """


async def customers_called(
    session: AsyncSession, identifiers: Collection[Identifier]
) -> dict[Identifier, UUID]:
    """The customers behind identifiers; who is unknown is left out."""
    if not identifiers:
        return {}
    schemes, values = zip(*identifiers, strict=True)
    rows = await (await driver(session)).fetch(WHO, schemes, values)
    return {Identifier(scheme, value): customer for scheme, value, customer in rows}


async def known_among(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of `ids` that are customers."""
    if not ids:
        return set()
    statement = select(known_customer.c.customer_id).where(known_customer.c.customer_id.in_(ids))
    return set((await session.execute(statement)).scalars())


async def customers_seen(session: AsyncSession, ids: Collection[UUID], caller: Caller) -> set[UUID]:
    """Those of `ids` the caller may see: in their unit, or themselves."""
    statement = select(known_customer.c.customer_id).where(
        known_customer.c.customer_id.in_(ids),
        below(known_customer.c.unit, caller.unit or ""),
    )
    seen = (
        set() if "customer" in caller.roles else set((await session.execute(statement)).scalars())
    )
    return seen | {each for each in ids if str(each) == caller.claims.get("customer")}
