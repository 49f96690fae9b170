"""Who is named by others becomes known here."""

from uuid import UUID

from customer.naming import commands
from kit.database import AsyncSession
from kit.events import Heard


class CustomerNamed(Heard):
    customer_id: UUID
    scheme: str
    value: str
    unit: str


async def register_named_customers(session: AsyncSession, events: list[CustomerNamed]) -> None:
    named = [
        commands.Named(event.customer_id, event.scheme, event.value, event.unit) for event in events
    ]
    await commands.register_named(session, named)
