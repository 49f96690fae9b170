"""Looking touchpoint events up."""

from uuid import UUID

from sqlmodel import col, select

from channel.touchpoints.models import TouchpointEvent
from kit.database import AsyncSession
from kit.paging import Page, page


async def touchpoints_of(
    session: AsyncSession, customer_id: UUID, *, first: int, after: str | None
) -> Page[TouchpointEvent]:
    """What the customer did or met, newest first."""
    statement = select(TouchpointEvent).where(TouchpointEvent.customer_id == customer_id)
    by = [col(TouchpointEvent.occurred_at), col(TouchpointEvent.id)]
    return await page(session, statement, by, first=first, after=after)
