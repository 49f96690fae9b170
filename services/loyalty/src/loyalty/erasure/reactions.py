"""Forgetting whom the customer service says to forget."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.erasure import commands


class ErasureRequested(Heard):
    request_id: UUID
    customer_id: UUID
    alias_ids: list[UUID]


async def erase_customer(session: AsyncSession, event: ErasureRequested) -> None:
    ids = [event.customer_id, *event.alias_ids]
    await commands.erase_customer(session, event.request_id, ids)
