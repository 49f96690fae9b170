"""Everything that changes what is known of who is in which segment."""

from collections.abc import Iterable

from kit.bulk import insert_rows, replacing
from kit.database import AsyncSession
from kit.personal.erasing import erased_among
from loyalty.entity import table_of
from loyalty.segments.models import MemberSegment

NEWEST = (
    f"ON CONFLICT (customer_id, segment_id) DO UPDATE "
    f"SET {replacing(('code', 'position', 'member'))} "
    "WHERE excluded.position > member_segment.position"
)


async def keep_members(session: AsyncSession, reports: Iterable[MemberSegment]) -> None:
    """Of two reports about a customer and a segment the one with the higher position counts."""
    newest = {
        (each.customer_id, each.segment_id): each
        for each in sorted(reports, key=lambda each: each.position)
    }
    erased = await erased_among(session, {customer for customer, _ in newest})
    rows = [newest[key].model_dump() for key in sorted(newest) if key[0] not in erased]
    await insert_rows(session, table_of(MemberSegment), rows, NEWEST)
