"""Who belongs to a club by its rule, once something about them has changed."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.clubs.commands.enrolling import reconsider_members


class CustomerHeard(Heard):
    """Whose facts or tier have changed; what they are is known here by now."""

    customer_id: UUID


async def reconsider_who_changed(session: AsyncSession, events: list[CustomerHeard]) -> None:
    """Facts and tiers decide who belongs to clubs by rule."""
    await reconsider_members(session, {each.customer_id for each in events})
