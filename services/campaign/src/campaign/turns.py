"""Taking turns: whoever does the same for the same customer waits until this transaction ends."""

from collections.abc import Iterable
from enum import IntEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

LOCK = text(
    "SELECT count(pg_advisory_xact_lock(:purpose, key)) "
    "FROM unnest(CAST(:keys AS integer[])) AS key"
)


class Purpose(IntEnum):
    """What is taken in turns. A transaction that takes both takes them in this order."""

    DECIDING = 1
    ATTRIBUTING = 2


async def take_turns(session: AsyncSession, purpose: Purpose, customers: Iterable[UUID]) -> None:
    """In sorted order, so that two batches can't wait for each other."""
    keys = sorted({_key(customer) for customer in customers})
    await session.execute(LOCK, {"purpose": int(purpose), "keys": keys})


def _key(customer: UUID) -> int:
    """The random end of a UUIDv7, as PostgreSQL's integer."""
    return int.from_bytes(customer.bytes[12:], "big", signed=True)
