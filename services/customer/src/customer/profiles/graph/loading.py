"""Customers for a request, many in one look."""

from collections.abc import Sequence
from uuid import UUID

from customer.attributes.queries import personal_among
from customer.identifiers.queries import old_ids_shown
from customer.profiles import queries
from kit.graph.context import Context


async def customers_by_ids(context: Context, ids: Sequence[UUID]) -> Sequence[queries.Shown | None]:
    found = await queries.customers_by_ids(context.db, ids)
    seen = {each: row for each, row in found.items() if queries.may_see(context.caller, row)}
    return [seen.get(each) for each in ids]


async def whether_personal(context: Context, names: Sequence[str]) -> Sequence[bool]:
    async with context.db.reading() as session:
        personal = await personal_among(session, names)
    return [each in personal for each in names]


async def old_ids_of(context: Context, ids: Sequence[UUID]) -> Sequence[list[UUID]]:
    found = await old_ids_shown(context.db, ids)
    return [found[each] for each in ids]
