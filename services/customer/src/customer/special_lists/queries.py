"""Looking up who was on which special list."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select

from customer.special_lists.models import SpecialListRecord
from kit.database import AsyncSession
from kit.paging import Page, page


async def standing_records(
    session: AsyncSession, customer_ids: Collection[UUID]
) -> dict[UUID, list[SpecialListRecord]]:
    """The stays that last, by customer; the customers are locked already."""
    statement = (
        select(SpecialListRecord)
        .where(
            col(SpecialListRecord.customer_id).in_(customer_ids),
            col(SpecialListRecord.ended_at).is_(None),
        )
        .order_by(col(SpecialListRecord.id))
    )
    found: dict[UUID, list[SpecialListRecord]] = {}
    for each in (await session.exec(statement)).all():
        found.setdefault(each.customer_id, []).append(each)
    return found


async def special_list_history(
    session: AsyncSession, customer_ids: Sequence[UUID], *, first: int, after: str | None
) -> Page[SpecialListRecord]:
    """Every stay on a list, newest first."""
    statement = select(SpecialListRecord).where(
        col(SpecialListRecord.customer_id).in_(customer_ids)
    )
    return await page(session, statement, [col(SpecialListRecord.id)], first=first, after=after)
