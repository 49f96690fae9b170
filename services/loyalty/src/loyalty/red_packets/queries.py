"""How red packets are looked up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import checked_first
from loyalty.admission.screening import REQUEST
from loyalty.entity import table_of
from loyalty.red_packets.models import (
    Grab,
    PartReview,
    RedPacket,
    RedPacketPart,
    RedPacketState,
    RedPacketTake,
    Take,
)


async def packets_funded_by(
    session: AsyncSession, allotments: Iterable[UUID]
) -> Sequence[RedPacket]:
    """Those that wait for these answers, held in one order."""
    rows = await session.exec(
        select(RedPacket)
        .where(
            col(RedPacket.allotment_id).in_(set(allotments)),
            RedPacket.state == RedPacketState.FUNDING,
        )
        .order_by(col(RedPacket.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def takes_known(
    session: AsyncSession, grabs: Sequence[Grab], packets: Iterable[UUID]
) -> list[Take]:
    """What these sources have got before, and what these customers have had of these packets."""
    asked = {
        "kinds": list({each.source_kind for each in grabs}),
        "sources": [each.source_id for each in grabs],
        "packets": list(packets),
        "customers": list({each.customer_id for each in grabs}),
    }
    return [Take(**row._mapping) for row in await session.execute(KNOWN, asked)]


KNOWN: Final = (
    table_of(RedPacketTake)
    .select()
    .where(
        (col(RedPacketTake.source_kind) == any_(bindparam("kinds", type_=ARRAY(Text))))
        & (col(RedPacketTake.source_id) == any_(bindparam("sources", type_=ARRAY(Uuid))))
        | (col(RedPacketTake.packet_id) == any_(bindparam("packets", type_=ARRAY(Uuid))))
        & (col(RedPacketTake.customer_id) == any_(bindparam("customers", type_=ARRAY(Uuid))))
    )
)


async def next_parts(
    session: AsyncSession, packet: RedPacket, most: int
) -> Sequence[tuple[int, int]]:
    """Number and amount of the parts that come next; the packet is held."""
    rows = await session.exec(
        select(RedPacketPart.number, RedPacketPart.amount)
        .where(
            RedPacketPart.packet_id == packet.id,
            RedPacketPart.number > packet.taken,
            RedPacketPart.number <= packet.taken + most,
        )
        .order_by(col(RedPacketPart.number))
    )
    return rows.all()


async def parts_of(session: AsyncSession, packet_id: UUID) -> Sequence[RedPacketPart]:
    """All parts, in the order in which they are given away."""
    rows = await session.exec(
        select(RedPacketPart)
        .where(RedPacketPart.packet_id == packet_id)
        .order_by(col(RedPacketPart.number))
    )
    return rows.all()


async def luckiest(session: AsyncSession, packet_id: UUID, most: int) -> Sequence[RedPacketTake]:
    """Who got the largest parts; of equal ones the earlier first."""
    rows = await session.exec(
        select(RedPacketTake)
        .where(RedPacketTake.packet_id == packet_id)
        .order_by(col(RedPacketTake.amount).desc(), col(RedPacketTake.number))
        .limit(checked_first(most))
    )
    return rows.all()


async def takes_of(
    session: AsyncSession, packet_ids: Iterable[UUID], customer_id: UUID
) -> dict[UUID, RedPacketTake]:
    """What a customer got of these packets, by packet."""
    rows = await session.exec(
        select(RedPacketTake).where(
            col(RedPacketTake.packet_id).in_(set(packet_ids)),
            RedPacketTake.customer_id == customer_id,
        )
    )
    return {row.packet_id: row for row in rows}


async def takes_held(
    session: AsyncSession, source_ids: Iterable[UUID]
) -> list[tuple[RedPacketTake, RedPacket]]:
    """Parts that wait for a person, with their packets; nobody else settles them meanwhile."""
    rows = await session.exec(
        select(RedPacketTake, RedPacket)
        .join(RedPacket, col(RedPacket.id) == RedPacketTake.packet_id)
        .where(
            RedPacketTake.source_kind == REQUEST,
            col(RedPacketTake.source_id).in_(set(source_ids)),
            RedPacketTake.review == PartReview.HELD,
        )
        .order_by(col(RedPacketTake.source_id))
        .with_for_update(of=RedPacketTake, key_share=True)
    )
    return list(rows.all())


async def packets_to_end(session: AsyncSession, now: datetime, most: int) -> Sequence[RedPacket]:
    """Open ones whose time is over, held."""
    rows = await session.exec(
        select(RedPacket)
        .where(RedPacket.state == RedPacketState.OPEN, RedPacket.ends_at <= now)
        .order_by(col(RedPacket.id))
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return rows.all()
