"""Looking touchpoint events up."""

from collections.abc import Collection
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


async def own_names(session: AsyncSession, ids: Collection[UUID], reporter: str) -> dict[UUID, str]:
    """What the reporter calls those of these touchpoint events that they reported themselves."""
    if not ids:
        return {}
    statement = select(TouchpointEvent.id, TouchpointEvent.client_id).where(
        col(TouchpointEvent.id).in_(ids), TouchpointEvent.reporter == reporter
    )
    return dict((await session.execute(statement)).all())
