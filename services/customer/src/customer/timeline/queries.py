"""Reading a timeline."""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from customer.timeline.models import TimelineEntry
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.paging import Page, page

KIND: Final = re.compile(r"[a-z_]{1,40}")


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
        if not all(map(KIND.fullmatch, kinds)):
            raise InvalidInput("kinds", "are short codes such as order_placed")
        statement = statement.where(col(TimelineEntry.kind).in_(kinds))
    by = [col(TimelineEntry.occurred_at), col(TimelineEntry.id)]
    return await page(session, statement, by, first=first, after=after)
