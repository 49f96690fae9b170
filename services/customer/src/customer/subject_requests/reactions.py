"""Services confirm that they have erased somebody."""

from uuid import UUID

from customer.subject_requests import progress
from kit.database import AsyncSession
from kit.events import Heard


class ErasureConfirmed(Heard):
    request_id: UUID
    service: str
    rows: int


async def note_erasure(session: AsyncSession, event: ErasureConfirmed) -> None:
    await progress.part_is_done(session, event.request_id, event.service, event.rows)
