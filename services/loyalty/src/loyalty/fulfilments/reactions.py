"""What fulfilments do when the arms say how handing out ended."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.fulfilments.commands import Ended, end_fulfilments
from loyalty.fulfilments.models import FulfilmentState


class FulfilmentAnswered(Heard):
    """The part of an end that is kept here."""

    fulfilment_id: UUID
    attempt: int
    reference: str
    reason: str
    by: str
    at: datetime

    def as_(self, state: FulfilmentState) -> Ended:
        return Ended(
            self.fulfilment_id, self.attempt, state, self.reference, self.reason, self.by, self.at
        )


async def note_completed_fulfilments(
    session: AsyncSession, events: list[FulfilmentAnswered]
) -> None:
    await _note(session, events, FulfilmentState.COMPLETED)


async def note_failed_fulfilments(session: AsyncSession, events: list[FulfilmentAnswered]) -> None:
    await _note(session, events, FulfilmentState.FAILED)


async def _note(
    session: AsyncSession, events: Sequence[FulfilmentAnswered], state: FulfilmentState
) -> None:
    await end_fulfilments(session, [each.as_(state) for each in events])
