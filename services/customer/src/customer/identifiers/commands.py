"""Giving identifiers up."""

from typing import Final

from sqlalchemy import delete, tuple_
from sqlmodel import col

from customer.entity import table_of
from customer.identifiers.models import Identifier
from customer.identifiers.queries import Key
from kit.database import AsyncSession
from kit.merging.rows import Moves

OWNED: Final = Moves(table_of(Identifier), "customer_id")


async def release_identifier(session: AsyncSession, key: Key) -> None:
    """It is nobody's from now on, with whatever merge it came to them."""
    which = tuple_(col(Identifier.scheme), col(Identifier.value)) == key
    await session.execute(delete(Identifier).where(which))
    await OWNED.forget(session, key)
