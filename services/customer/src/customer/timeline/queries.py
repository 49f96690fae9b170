"""Reading a timeline."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from customer.timeline.models import TimelineEntry
from kit.database import AsyncSession
from kit.paging import Page, page


async def entries(
    session: AsyncSession,
    customer_ids: Sequence[UUID],
    *,
    kinds: Sequence[str] | None,
    first: int,
    after: str | None,
) -> Page[TimelineEntry]:
    """One stream over every id the customer goes by, newest first."""
    statement = select(TimelineEntry)
    owner = col(TimelineEntry.customer_id)
    if len(customer_ids) == 1:
        statement = statement.where(owner == customer_ids[0])
    else:
        statement = statement.where(owner.in_(customer_ids))
    if kinds is not None:
        statement = statement.where(col(TimelineEntry.kind).in_(kinds))
    by = [col(TimelineEntry.occurred_at), col(TimelineEntry.id)]
    return await page(session, statement, by, first=first, after=after)
