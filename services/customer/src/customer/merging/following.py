"""What follows a customer into a merge and out of it again: activity, and lists they are on."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import col

from customer.activity.models import ActivityDay
from customer.entity import table_of
from customer.profiles.changes import EVERYTHING, changes_of
from customer.segments.membership import Moves, leave_all_segments, move_members
from customer.segments.models import Segment, SegmentKind, SegmentMember
from kit.bulk import document, insert_rows, sent
from kit.database import AsyncSession

FOLLOWED: Final = ("activity", "lists", "joined")
"""What is kept of them with the merge."""
ADDED_UP: Final = (
    "ON CONFLICT (customer_id, measure, day) DO UPDATE "
    "SET total = activity_day.total + excluded.total"
)
_days = table_of(ActivityDay)
_sent = sent(_days, ("customer_id", "measure", "day", "total"))
_take_off = (
    _days.update()
    .where(*(_days.c[name] == _sent.c[name] for name in ("customer_id", "measure", "day")))
    .values(total=_days.c.total - _sent.c.total)
)


async def follow_into(session: AsyncSession, survivor: UUID, absorbed: UUID) -> dict[str, Any]:
    """Add the absorbed's activity to the survivor's, and put the survivor on their lists.

    Rules are asked again of the survivor. Answers with what is needed to take it back.
    """
    gone = await session.execute(
        delete(_days).where(_days.c.customer_id == absorbed).returning(*_days.c)
    )
    activity = [[row.measure, row.day.isoformat(), row.total] for row in gone]
    await insert_rows(session, _days, _rows(survivor, activity), ADDED_UP)
    lists = await _lists_of(session, absorbed)
    joined = [each for each in lists if each not in await _lists_of(session, survivor)]
    await leave_all_segments(session, [absorbed])
    await move_members(session, Moves(joined=[(UUID(each), survivor) for each in joined]))
    changes_of(session).note(survivor, EVERYTHING)
    return {"activity": activity, "lists": lists, "joined": joined}


async def follow_out_of(
    session: AsyncSession, survivor: UUID, restored: UUID, taken: Mapping[str, Any]
) -> None:
    """Give the activity and the lists back; what was counted since stays with the survivor."""
    activity = taken.get("activity", [])
    if activity:
        await session.execute(_take_off, document(_rows(survivor, activity)))
        empty = delete(_days).where(_days.c.customer_id == survivor, _days.c.total == 0)
        await session.execute(empty)
        await insert_rows(session, _days, _rows(restored, activity), ADDED_UP)
    lists, joined = ([UUID(each) for each in taken.get(name, [])] for name in ("lists", "joined"))
    await move_members(
        session,
        Moves(
            joined=[(each, restored) for each in lists], left=[(each, survivor) for each in joined]
        ),
    )
    for each in (survivor, restored):
        changes_of(session).note(each, EVERYTHING)


async def _lists_of(session: AsyncSession, customer_id: UUID) -> list[str]:
    """The uploaded lists somebody is on; what rules say follows from the rules."""
    found = await session.scalars(
        select(SegmentMember.segment_id)  # type: ignore[call-overload]
        .join(Segment, col(Segment.id) == col(SegmentMember.segment_id))
        .where(col(SegmentMember.customer_id) == customer_id, Segment.kind == SegmentKind.LIST)
    )
    return sorted(str(each) for each in found)


def _rows(customer_id: UUID, activity: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    ordered = sorted(activity, key=lambda each: (each[0], each[1]))
    return [
        {"customer_id": customer_id, "measure": measure, "day": day, "total": total}
        for measure, day, total in ordered
    ]
