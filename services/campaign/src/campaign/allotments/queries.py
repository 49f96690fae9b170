"""How allotments are looked up."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.budget.models import Allotment
from campaign.campaigns.models import Campaign


async def allotments_for_update(
    session: AsyncSession, ids: Iterable[UUID]
) -> dict[UUID, Allotment]:
    """Those of the ids that are known, held in one order."""
    rows = await session.scalars(
        select(Allotment)
        .where(col(Allotment.id).in_(set(ids)))
        .order_by(col(Allotment.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def campaigns_by_code(session: AsyncSession, codes: Iterable[str]) -> dict[str, Campaign]:
    rows = await session.scalars(select(Campaign).where(col(Campaign.code).in_(set(codes))))
    return {row.code: row for row in rows}
