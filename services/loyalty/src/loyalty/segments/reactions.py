"""What is known of segments changes when the customer service reports who came and went."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.segments.commands import keep_members
from loyalty.segments.models import MemberSegment


class SegmentChanged(Heard):
    segment_id: UUID
    code: str
    position: int
    joined: list[UUID]
    left: list[UUID]


async def keep_members_of_segments(session: AsyncSession, events: list[SegmentChanged]) -> None:
    """Rewards and clubs ask who is in a segment now."""
    await keep_members(
        session,
        [
            MemberSegment(
                customer_id=customer,
                segment_id=event.segment_id,
                code=event.code,
                position=event.position,
                member=member,
            )
            for event in events
            for member, moved in ((True, event.joined), (False, event.left))
            for customer in moved
        ],
    )
