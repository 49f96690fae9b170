"""What becomes of red packets once their campaigns have answered."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.red_packets.commands.funding import settle_with_campaign, stay_unfunded
from loyalty.red_packets.commands.opening import let_grab
from loyalty.red_packets.queries import packets_funded_by

TOO_LATE: Final = "its time was over before the money was there"


async def open_funded(session: AsyncSession, allotments: Mapping[UUID, UUID]) -> None:
    """Open what is paid for by now, and by which campaign; what comes too late gives all of it back."""
    now = utcnow()
    for packet in await packets_funded_by(session, allotments):
        if packet.allotment_id is not None and packet.ends_at > now:
            packet.campaign_id = allotments[packet.allotment_id]
            await let_grab(session, packet, now)
        else:
            settle_with_campaign(session, packet, released=packet.amount)
            stay_unfunded(session, packet, TOO_LATE)


async def leave_unfunded(session: AsyncSession, reasons: Mapping[UUID, str]) -> None:
    """What nobody pays for is a draft again, and says why."""
    for packet in await packets_funded_by(session, reasons):
        if packet.allotment_id is not None:
            stay_unfunded(session, packet, reasons[packet.allotment_id])
