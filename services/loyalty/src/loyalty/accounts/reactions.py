"""What becomes of accounts when others report something."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.accounts.commands import place_accounts


class CustomerHeard(Heard):
    """The part of a customer's facts that accounts need."""

    customer_id: UUID
    version: int
    unit: str


async def open_or_place_accounts(session: AsyncSession, events: list[CustomerHeard]) -> None:
    """A customer has an account from the first facts on, and it follows them to their unit."""
    newest: dict[UUID, tuple[str, int]] = {}
    for event in sorted(events, key=lambda each: each.version):
        newest[event.customer_id] = (event.unit, event.version)
    await place_accounts(session, newest)
