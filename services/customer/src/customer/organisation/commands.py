"""Keeping units as reported."""

from collections.abc import Iterable

from customer.entity import table_of
from customer.organisation.models import KnownUnit
from customer.organisation.queries import parent_of
from kit.bulk import insert_new_rows
from kit.database import AsyncSession


async def keep_units(session: AsyncSession, codes: Iterable[str]) -> None:
    """They are there from now on; what is known changes nothing."""
    rows = [{"code": code, "parent": parent_of(code)} for code in sorted(set(codes))]
    await insert_new_rows(session, table_of(KnownUnit), rows)
