"""What allotments do when loyalty asks for money, and says what became of it."""

from dataclasses import fields
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from campaign.allotments import commands
from campaign.allotments.commands import Asked, Settled
from kit.events import Heard


class AllotmentRequested(Heard):
    allotment_id: UUID
    campaign_code: str
    title: str
    unit: str
    opener_unit: str
    amount_minor: int
    currency: str


class AllotmentSettled(Heard):
    allotment_id: UUID
    spent_minor: int
    released_minor: int


async def allot_what_is_asked_for(session: AsyncSession, events: list[AllotmentRequested]) -> None:
    names = [each.name for each in fields(Asked)]
    asked = [Asked(**{name: getattr(each, name) for name in names}) for each in events]
    await commands.allot(session, asked)


async def settle_allotments(session: AsyncSession, events: list[AllotmentSettled]) -> None:
    """Spent and given back, each as often as it is told and in any order."""
    await commands.settle_allotments(
        session,
        [
            Settled(each.allotment_id, each.spent_minor, each.released_minor, each.event_time)
            for each in events
        ],
    )
