"""What a merge would lead to, without doing it."""

from uuid import UUID

from customer.entity import table_of
from customer.merging.folding import fold
from customer.merging.records import record_of, two_records
from customer.profiles.facts import Fact
from customer.profiles.models import Customer, Newcomer
from kit.database import AsyncSession
from kit.identity import Caller
from kit.models import uuid7


async def preview(
    session: AsyncSession, survivor_id: UUID, absorbed_id: UUID, caller: Caller
) -> tuple[Newcomer, list[Fact]]:
    """The survivor as they would be, and what of the absorbed would give way."""
    survivor, absorbed = await two_records(session, survivor_id, absorbed_id, caller)
    names = [column.name for column in table_of(Customer).columns]
    as_it_would_be = Newcomer(**{name: getattr(survivor, name) for name in names})
    done = fold(as_it_would_be, record_of(absorbed), uuid7())
    return as_it_would_be, done.lost
