"""Moving customers in and out of segments: members, sizes by day, and what others hear."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, select, text
from sqlmodel import col

from customer.entity import table_of
from customer.segments.events import SegmentChanged
from customer.segments.models import Segment, SegmentDay, SegmentMember
from kit.bulk import insert_new_rows, insert_rows
from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow

TOLD_AT_ONCE: Final = 1_000
_position = text("SELECT nextval('segment_position')")
_leave = text(
    "DELETE FROM segment_member USING unnest(:segments, :customers) AS gone (segment_id, customer_id)"
    " WHERE segment_member.segment_id = gone.segment_id"
    " AND segment_member.customer_id = gone.customer_id"
    " RETURNING segment_member.segment_id, segment_member.customer_id"
).bindparams(bindparam("segments", type_=ARRAY(Uuid)), bindparam("customers", type_=ARRAY(Uuid)))
ADDED_UP: Final = (
    "ON CONFLICT (segment_id, day) DO UPDATE SET joined = segment_day.joined + excluded.joined, "
    "gone = segment_day.gone + excluded.gone"
)


@dataclass
class Moves:
    """Who is to join and to leave which segments; whoever calls holds the customers locked."""

    joined: list[tuple[UUID, UUID]] = field(default_factory=list)
    left: list[tuple[UUID, UUID]] = field(default_factory=list)

    def add(self, customer_id: UUID, joined: Iterable[UUID], left: Iterable[UUID]) -> None:
        self.joined += [(segment_id, customer_id) for segment_id in joined]
        self.left += [(segment_id, customer_id) for segment_id in left]


async def move_members(session: AsyncSession, moves: Moves) -> tuple[int, int]:
    """Move them; who is where they should be already is not moved. How many joined and left."""
    joined = await _join(session, moves.joined)
    left = await _leave_segments(session, moves.left)
    if joined or left:
        await _count(session, joined, left)
        await _tell(session, joined, left)
    return len(joined), len(left)


async def leave_all_segments(session: AsyncSession, customer_ids: Sequence[UUID]) -> None:
    """Take customers out of every segment they are in; whoever calls holds them locked."""
    found = await session.execute(
        select(SegmentMember.segment_id, SegmentMember.customer_id).where(  # type: ignore[call-overload]
            col(SegmentMember.customer_id).in_(customer_ids)
        )
    )
    await move_members(session, Moves(left=[(row.segment_id, row.customer_id) for row in found]))


async def empty_segment(session: AsyncSession, segment: Segment) -> None:
    """Take everybody out of a list."""
    found = await session.scalars(
        select(SegmentMember.customer_id).where(col(SegmentMember.segment_id) == segment.id)  # type: ignore[call-overload]
    )
    await move_members(session, Moves(left=[(segment.id, each) for each in found]))


async def _join(session: AsyncSession, pairs: Sequence[tuple[UUID, UUID]]) -> list[Any]:
    now = utcnow()
    rows = [
        {"segment_id": segment_id, "customer_id": customer_id, "since": now}
        for segment_id, customer_id in sorted(pairs)
    ]
    return list(await insert_new_rows(session, table_of(SegmentMember), rows))


async def _leave_segments(session: AsyncSession, pairs: Sequence[tuple[UUID, UUID]]) -> list[Any]:
    if not pairs:
        return []
    ordered = sorted(pairs)
    given = {"segments": [each[0] for each in ordered], "customers": [each[1] for each in ordered]}
    return list((await session.execute(_leave, given)).all())


async def _count(session: AsyncSession, joined: Sequence[Any], left: Sequence[Any]) -> None:
    day = utcnow().date()
    counts = {row.segment_id: [0, 0] for row in (*joined, *left)}
    for place, rows in enumerate((joined, left)):
        for row in rows:
            counts[row.segment_id][place] += 1
    days = [
        {"segment_id": segment_id, "day": day, "joined": come, "gone": gone}
        for segment_id, (come, gone) in sorted(counts.items())
    ]
    await insert_rows(session, table_of(SegmentDay), days, ADDED_UP)


async def _tell(session: AsyncSession, joined: Sequence[Any], left: Sequence[Any]) -> None:
    position: int = (await session.execute(_position)).scalar_one()
    come_to, gone_from = _by_segment(joined), _by_segment(left)
    ids = sorted(come_to.keys() | gone_from.keys())
    named = select(Segment.id, Segment.code).where(col(Segment.id).in_(ids))  # type: ignore[call-overload]
    for segment_id, code in (await session.execute(named)).all():
        come, gone = come_to.get(segment_id, []), gone_from.get(segment_id, [])
        for start in range(0, max(len(come), len(gone)), TOLD_AT_ONCE):
            part = slice(start, start + TOLD_AT_ONCE)
            record(
                session,
                SegmentChanged(
                    segment_id=segment_id,
                    code=code,
                    position=position,
                    joined=come[part],
                    left=gone[part],
                ),
            )


def _by_segment(rows: Sequence[Any]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        found.setdefault(row.segment_id, []).append(row.customer_id)
    return found
