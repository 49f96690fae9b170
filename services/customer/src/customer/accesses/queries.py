"""Looking up who saw whose data."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select

from customer.accesses.models import Access, AccessSeal
from customer.identifiers.queries import every_id
from customer.sight import SIGHT
from kit.database import AsyncSession
from kit.errors import Forbidden
from kit.identity import Caller
from kit.paging import Page, page
from kit.units import below


def require_auditor(caller: Caller) -> None:
    """Who saw what is for those who handle requests about data."""
    if not SIGHT.is_officer(caller):
        raise Forbidden(f"This takes the role {SIGHT.officer} with the scope {SIGHT.scope}.")


async def accesses(
    session: AsyncSession,
    caller: Caller,
    *,
    customer_id: UUID | None,
    by: str | None,
    first: int,
    after: str | None,
) -> Page[Access]:
    """Customers see who looked at them, by whatever id; auditors what was seen from their units."""
    statement: Any = select(Access)
    ids = await every_id(session, customer_id) if customer_id else []
    if "customer" in caller.roles:
        own = str(caller.claims.get("customer"))
        if own not in map(str, ids):
            raise Forbidden("Customers see who looked at their own data.")
    else:
        require_auditor(caller)
        statement = statement.where(below(col(Access.unit), caller.unit or ""))
    if customer_id is not None:
        statement = statement.where(col(Access.customer_id).in_(ids))
    if by is not None:
        statement = statement.where(Access.by == by)
    by_time = [col(Access.at), col(Access.id)]
    return await page(session, statement, by_time, first=first, after=after)


async def seals(session: AsyncSession, *, first: int, after: str | None) -> Page[AccessSeal]:
    by = [col(AccessSeal.number)]
    return await page(session, select(AccessSeal), by, first=first, after=after, most=20)
