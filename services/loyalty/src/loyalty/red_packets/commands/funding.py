"""Money of campaigns for red packets: asked for before they open, and told of as it goes."""

from structlog import get_logger

from kit.database import AsyncSession
from kit.events import record
from kit.models import uuid7
from loyalty.points.queries import costs
from loyalty.red_packets.events import AllotmentRequested, AllotmentSettled
from loyalty.red_packets.models import RedPacket, RedPacketState

log = get_logger(__name__)


async def ask_for_money(session: AsyncSession, packet: RedPacket, unit: str) -> RedPacket:
    """Ask its campaign to set aside what all of it costs, at what a unit costs now."""
    packet.minor_each, packet.money = (await costs(session, [packet.currency]))[packet.currency]
    packet.state, packet.allotment_id = RedPacketState.FUNDING, uuid7()
    packet.unfunded_because = None
    session.add(packet)
    await session.flush()
    asked = AllotmentRequested(
        allotment_id=packet.allotment_id,
        campaign_code=packet.campaign_code or "",
        title=packet.name,
        unit=packet.unit,
        opener_unit=unit,
        amount_minor=packet.amount * packet.minor_each,
        currency=packet.money,
    )
    record(session, asked)
    return packet


def settle_with_campaign(
    session: AsyncSession, packet: RedPacket, *, spent: int = 0, released: int = 0
) -> None:
    """Tell the campaign, if one pays, what was spent and what it has back, in the packet's units."""
    each = packet.minor_each or 0
    if packet.allotment_id is None or not each * (abs(spent) + abs(released)):
        return
    told = AllotmentSettled(
        allotment_id=packet.allotment_id,
        spent_minor=spent * each,
        released_minor=released * each,
        currency=packet.money or "",
    )
    record(session, told)


def stay_unfunded(session: AsyncSession, packet: RedPacket, reason: str) -> None:
    """It is a draft again: to be written anew, or opened once there is money."""
    packet.state, packet.opened_by, packet.unfunded_because = RedPacketState.DRAFT, None, reason
    packet.allotment_id = packet.minor_each = packet.money = None
    session.add(packet)
    log.info("red_packet_is_not_funded", code=packet.code)
