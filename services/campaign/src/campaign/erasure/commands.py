"""Erasing customers, and saying so once nothing is left."""

from collections.abc import Sequence
from uuid import UUID

from campaign.erasure.events import ErasureConfirmed
from campaign.erasure.models import HELD
from campaign.tasks.withdrawing import withdraw_all
from kit.database import AsyncSession
from kit.events import record
from kit.personal.erasing import erase, finish_erasures


async def erase_customer(session: AsyncSession, request_id: UUID, ids: Sequence[UUID]) -> None:
    """Forget whoever goes by these ids, the first being the one of today; again changes nothing."""
    await withdraw_all(session, set(ids), "The customer was erased.")
    await erase(session, HELD, request_id, ids)


async def confirm_erasures(session: AsyncSession) -> None:
    """Tell the platform which erasures are done for good."""
    for done in await finish_erasures(session, HELD):
        record(
            session,
            ErasureConfirmed(request_id=done.request_id, customer_id=done.person, rows=done.rows),
        )
