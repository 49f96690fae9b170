"""What becomes of parts that were held, once a person has decided."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.fraud.models import ActKind
from loyalty.red_packets.commands.answering import leave_unfunded, open_funded
from loyalty.red_packets.commands.reviewing import settle_parts


class ReviewDecided(Heard):
    """The part of a decision that red packets read."""

    act_kind: str
    key: str
    verdict: str


class AllotmentMade(Heard):
    allotment_id: UUID
    campaign_id: UUID


class AllotmentRefused(Heard):
    allotment_id: UUID
    reason: str


async def open_packets_that_are_paid_for(
    session: AsyncSession, events: list[AllotmentMade]
) -> None:
    await open_funded(session, {each.allotment_id: each.campaign_id for each in events})


async def leave_packets_that_nobody_pays_for(
    session: AsyncSession, events: list[AllotmentRefused]
) -> None:
    await leave_unfunded(session, {each.allotment_id: each.reason for each in events})


async def settle_reviewed_parts(session: AsyncSession, events: list[ReviewDecided]) -> None:
    """What was released may be spent; what was rejected is its funder's again."""
    verdicts = {
        UUID(each.key): each.verdict for each in events if each.act_kind == ActKind.RED_PACKET
    }
    await settle_parts(session, verdicts)
