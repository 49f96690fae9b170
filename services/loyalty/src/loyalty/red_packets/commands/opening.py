"""Drafting a red packet, opening it, and ending it."""

import hashlib
import hmac
import secrets
from dataclasses import asdict
from datetime import datetime

from structlog import get_logger

from kit.bulk import insert_rows
from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput
from kit.events import record
from kit.models import utcnow
from loyalty.currencies.queries import currency_by_code
from loyalty.drafted import to_change, to_draft
from loyalty.entity import table_of
from loyalty.points.commands.spending import REASON_LENGTH, require_words
from loyalty.red_packets.commands.funding import ask_for_money, settle_with_campaign
from loyalty.red_packets.errors import OwnRedPacket
from loyalty.red_packets.events import RedPacketEmptied, RedPacketEnded, RedPacketOpened
from loyalty.red_packets.models import (
    RedPacket,
    RedPacketPart,
    RedPacketSplit,
    RedPacketState,
    Terms,
)
from loyalty.red_packets.queries import packets_to_end
from loyalty.red_packets.splitting import split
from loyalty.tiers.queries import require_tiers

SEED_BYTES = 32
AT_ONCE = 100
log = get_logger(__name__)


async def draft_packet(session: AsyncSession, terms: Terms, by: str) -> RedPacket:
    """Write a packet down; a draft that is there already is written anew.

    Raises InvalidInput, NotFound for the currency, and Conflict once it was opened.
    """
    currency = await currency_by_code(session, terms.currency)
    if not currency.spendable:
        raise InvalidInput("currency", "only counts: nobody can use it")
    await require_tiers(session, "tiers", terms.tiers)
    if terms.ends_at <= utcnow():
        raise InvalidInput("endsAt", "is still to come")
    packet = await to_draft(session, RedPacket, terms.code)
    if packet is None:
        packet = RedPacket(**asdict(terms), drafted_by=by)
    elif packet.state != RedPacketState.DRAFT:
        raise Conflict(f"The red packet {terms.code} was opened; take another code.")
    packet.sqlmodel_update({**asdict(terms), "drafted_by": by, "opened_by": None})
    session.add(packet)
    await session.flush()
    return packet


async def open_packet(session: AsyncSession, code: str, by: str, unit: str) -> RedPacket:
    """Let customers grab it; where a campaign pays, ask for the money, and do so once it is there.

    `unit` is the opener's: the campaign has to lie below it. Raises NotFound, OwnRedPacket, and
    Conflict when it was opened before or its time is over.
    """
    packet = await to_change(session, RedPacket, code)
    if packet.state != RedPacketState.DRAFT:
        raise Conflict(f"The red packet {code} is {packet.state}.")
    if packet.drafted_by == by:
        raise OwnRedPacket
    now = utcnow()
    if packet.ends_at <= now:
        raise Conflict("Its time is over; draft it anew.")
    packet.opened_by = by
    if packet.campaign_code is None:
        return await let_grab(session, packet, now)
    return await ask_for_money(session, packet, unit)


async def let_grab(session: AsyncSession, packet: RedPacket, now: datetime) -> RedPacket:
    """Cut the sum into parts; the hash of the seed is told."""
    seed = secrets.token_bytes(SEED_BYTES)
    packet.seed, packet.seed_hash = seed.hex(), hashlib.sha256(seed).hexdigest()
    packet.state, packet.opened_at = RedPacketState.OPEN, now
    session.add(packet)
    await session.flush()
    await _cut(session, packet, seed)
    record(session, _opened(packet))
    log.info("red_packet_opened", code=packet.code, parts=packet.parts, amount=packet.amount)
    return packet


async def _cut(session: AsyncSession, packet: RedPacket, seed: bytes) -> None:
    even = packet.split == RedPacketSplit.EVEN
    parts = split(seed, packet.id, packet.amount, packet.parts, packet.smallest, even=even)
    rows = [
        {"packet_id": packet.id, "number": number, "amount": amount}
        for number, amount in enumerate(parts, start=1)
    ]
    await insert_rows(session, table_of(RedPacketPart), rows)


def _opened(packet: RedPacket) -> RedPacketOpened:
    return RedPacketOpened(
        red_packet_id=packet.id,
        code=packet.code,
        name=packet.name,
        unit=packet.unit,
        currency=packet.currency,
        amount=packet.amount,
        parts=packet.parts,
        split=packet.split,
        smallest=packet.smallest,
        campaign_code=packet.campaign_code,
        seed_hash=packet.seed_hash or "",
        ends_at=packet.ends_at,
    )


async def end_packet(session: AsyncSession, code: str, ended_by: str, reason: str) -> RedPacket:
    """End an open packet now: what nobody took is its funder's again.

    Raises InvalidInput, NotFound, and Conflict when it is not open.
    """
    if reason:
        require_words("reason", reason, REASON_LENGTH)
    packet = await to_change(session, RedPacket, code)
    if packet.state != RedPacketState.OPEN:
        raise Conflict(f"The red packet {code} is {packet.state}.")
    packet.ended_by, packet.ended_because = ended_by, reason
    _end(session, packet, utcnow())
    await session.flush()
    return packet


async def end_red_packets(session: AsyncSession, now: datetime | None = None) -> int:
    """End the packets whose time is over; how many, so many at once."""
    now = now or utcnow()
    due = await packets_to_end(session, now, AT_ONCE)
    for packet in due:
        _end(session, packet, now)
    return len(due)


def _end(session: AsyncSession, packet: RedPacket, now: datetime) -> None:
    packet.state, packet.closed_at = RedPacketState.ENDED, now
    packet.returned = packet.amount - packet.taken_amount
    session.add(packet)
    settle_with_campaign(session, packet, released=packet.returned)
    record(
        session,
        RedPacketEnded(
            red_packet_id=packet.id,
            code=packet.code,
            unit=packet.unit,
            currency=packet.currency,
            amount=packet.amount,
            taken=packet.taken,
            taken_amount=packet.taken_amount,
            returned=packet.returned,
            campaign_code=packet.campaign_code,
            seed=packet.seed or "",
        ),
    )
    log.info("red_packet_ended", code=packet.code, taken=packet.taken, returned=packet.returned)


def empty(session: AsyncSession, packet: RedPacket) -> None:
    """Its last part is taken: from now on everybody may see and check all of them."""
    packet.state, packet.closed_at = RedPacketState.EMPTIED, utcnow()
    record(
        session,
        RedPacketEmptied(
            red_packet_id=packet.id,
            code=packet.code,
            unit=packet.unit,
            amount=packet.amount,
            parts=packet.parts,
            seed=packet.seed or "",
        ),
    )
    log.info("red_packet_emptied", code=packet.code, parts=packet.parts)


def link_of(packet: RedPacket) -> str:
    """The token in the link of a packet that takes one."""
    seed = bytes.fromhex(packet.seed or "")
    return hmac.digest(seed, b"octoreach-red-packet/link", hashlib.sha256).hex()[:32]
