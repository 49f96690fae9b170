"""Looking segments up: who is in them, how large they are and were, what two have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Uuid, func, literal, text
from sqlmodel import col, select

from customer.profiles.models import Customer
from customer.segments.models import (
    Segment,
    SegmentDay,
    SegmentMember,
    SegmentSnapshot,
    SegmentSnapshotMember,
    SegmentState,
)
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.identity import Caller
from kit.models import utcnow
from kit.paging import Page, page
from kit.units import below

LONGEST_HISTORY: Final = 366
_overlap = text(
    "SELECT count(*) FROM segment_member AS one JOIN segment_member AS other USING (customer_id) "
    "WHERE one.segment_id = :one AND other.segment_id = :other"
)


@dataclass(frozen=True, slots=True)
class SizeOfDay:
    """How large a segment was at the end of a day."""

    day: date
    joined: int
    left: int
    size: int


def _seen_by(caller: Caller) -> Select[Any]:
    return select(Segment).where(below(col(Segment.unit), caller.unit or ""))


async def segment_by_id(
    session: AsyncSession, segment_id: UUID, caller: Caller, *, for_update: bool = False
) -> Segment:
    """The segment, or NotFound when there is none that the caller may see."""
    statement = _seen_by(caller).where(col(Segment.id) == segment_id)
    if for_update:
        statement = statement.with_for_update()
    found: Segment | None = (await session.scalars(statement)).one_or_none()
    if found is None:
        raise NotFound("segment", segment_id)
    return found


async def segment_by_code(session: AsyncSession, code: str, caller: Caller) -> Segment | None:
    statement = _seen_by(caller).where(col(Segment.code) == code)
    found: Segment | None = (await session.scalars(statement)).one_or_none()
    return found


async def segments(
    session: AsyncSession, caller: Caller, *, archived: bool, first: int, after: str | None
) -> Page[Segment]:
    statement = _seen_by(caller)
    if not archived:
        statement = statement.where(col(Segment.state) == SegmentState.ACTIVE)
    return await page(session, statement, [col(Segment.id)], first=first, after=after)


async def segments_of(
    session: AsyncSession, customer_id: UUID, caller: Caller
) -> Sequence[Segment]:
    member = select(SegmentMember.segment_id).where(col(SegmentMember.customer_id) == customer_id)
    statement = _seen_by(caller).where(col(Segment.id).in_(member)).order_by(col(Segment.code))
    return (await session.scalars(statement)).all()


async def sizes(session: AsyncSession, segment_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many are in each now: what joined, less what left."""
    statement = (
        select(
            SegmentDay.segment_id,
            func.sum(col(SegmentDay.joined) - col(SegmentDay.gone)).label("size"),
        )
        .where(col(SegmentDay.segment_id).in_(list(segment_ids)))
        .group_by(col(SegmentDay.segment_id))
    )
    return {row.segment_id: int(row.size) for row in (await session.execute(statement)).all()}


async def size_history(session: AsyncSession, segment_id: UUID, days: int) -> list[SizeOfDay]:
    """The days on which somebody joined or left, the latest last."""
    statement = (
        select(SegmentDay)
        .where(col(SegmentDay.segment_id) == segment_id)
        .order_by(col(SegmentDay.day))
    )
    found = (await session.exec(statement)).all()
    ends = accumulate(each.joined - each.gone for each in found)
    oldest = utcnow().date() - timedelta(days=days - 1)
    return [
        SizeOfDay(each.day, each.joined, each.gone, size)
        for each, size in zip(found, ends, strict=True)
        if each.day >= oldest
    ]


async def members(
    session: AsyncSession, segment_id: UUID, *, first: int, after: str | None
) -> Page[SegmentMember]:
    """Who is in it now, in the order of their ids."""
    statement = select(SegmentMember).where(col(SegmentMember.segment_id) == segment_id)
    by = [col(SegmentMember.customer_id)]
    return await page(session, statement, by, first=first, after=after, newest_first=False)


async def overlap(session: AsyncSession, one: UUID, other: UUID) -> int:
    """How many are in both."""
    found = await session.execute(_overlap, {"one": one, "other": other})
    return int(found.scalar_one())


async def snapshot_by_id(
    session: AsyncSession, snapshot_id: UUID, caller: Caller
) -> SegmentSnapshot:
    found = await session.get(SegmentSnapshot, snapshot_id)
    if found is None:
        raise NotFound("segment snapshot", snapshot_id)
    segment = await session.get(Segment, found.segment_id)
    if segment is None or not caller.sees(segment.unit):
        raise NotFound("segment snapshot", snapshot_id)
    return found


async def snapshots(
    session: AsyncSession, segment_id: UUID, *, first: int, after: str | None
) -> Page[SegmentSnapshot]:
    statement = select(SegmentSnapshot).where(col(SegmentSnapshot.segment_id) == segment_id)
    return await page(session, statement, [col(SegmentSnapshot.id)], first=first, after=after)


async def ids_after(
    session: AsyncSession, snapshot_id: UUID, after: UUID | None, most: int
) -> Sequence[UUID]:
    """The next members of a snapshot, in the order of their ids."""
    member = col(SegmentSnapshotMember.customer_id)
    statement = select(SegmentSnapshotMember.customer_id).where(
        col(SegmentSnapshotMember.snapshot_id) == snapshot_id
    )
    if after is not None:
        statement = statement.where(member > literal(after, Uuid))
    return (await session.exec(statement.order_by(member).limit(most))).all()


async def those_below(session: AsyncSession, ids: Iterable[UUID], unit: str) -> set[UUID]:
    """The customers of the unit among these ids; they stay customers until the transaction ends."""
    statement = (
        select(Customer.id)
        .where(col(Customer.id).in_(list(ids)), below(col(Customer.unit), unit))
        .order_by(col(Customer.id))
        .with_for_update(read=True, key_share=True)
    )
    return set((await session.exec(statement)).all())
