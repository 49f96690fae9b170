"""Forgetting whom the customer service says to forget."""

from uuid import UUID

from customer.erasure import commands
from kit.database import AsyncSession
from kit.events import Heard


class ErasureRequested(Heard):
    request_id: UUID
    customer_id: UUID
    alias_ids: list[UUID]


async def erase_customer(session: AsyncSession, event: ErasureRequested) -> None:
    ids = [event.customer_id, *event.alias_ids]
    await commands.erase_customer(session, event.request_id, ids)
