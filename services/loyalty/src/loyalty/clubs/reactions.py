"""Who belongs to a club by its rule, once something about them has changed."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.clubs.commands.enrolling import reconsider_members


class CustomerHeard(Heard):
    """Whose facts or tier have changed; what they are is known here by now."""

    customer_id: UUID


class SegmentHeard(Heard):
    """Who has come into a segment, or gone out of it; it is known here by now."""

    joined: list[UUID]
    left: list[UUID]


async def reconsider_who_changed(session: AsyncSession, events: list[CustomerHeard]) -> None:
    """Facts and tiers decide who belongs to clubs by rule."""
    await reconsider_members(session, {each.customer_id for each in events})


async def reconsider_who_changed_segments(
    session: AsyncSession, events: list[SegmentHeard]
) -> None:
    """Segments decide who belongs to clubs by rule as well."""
    changed = {one for each in events for one in (*each.joined, *each.left)}
    await reconsider_members(session, changed)
