"""How allotments are looked up."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.allotments.models import Allotment
from campaign.campaigns.models import Campaign

MOST_SHOWN = 100


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


async def allotments_of(
    session: AsyncSession, campaign_ids: Sequence[UUID]
) -> dict[UUID, list[Allotment]]:
    """Each campaign's newest, so many at most."""
    place = func.row_number().over(
        partition_by=col(Allotment.campaign_id), order_by=col(Allotment.id).desc()
    )
    placed = select(col(Allotment.id), place.label("place")).where(
        col(Allotment.campaign_id).in_(campaign_ids)
    )
    shown = placed.subquery()
    rows = await session.scalars(
        select(Allotment)
        .join(shown, shown.c.id == col(Allotment.id))
        .where(shown.c.place <= MOST_SHOWN)
        .order_by(col(Allotment.id).desc())
    )
    found: dict[UUID, list[Allotment]] = {each: [] for each in campaign_ids}
    for row in rows:
        found[row.campaign_id].append(row)
    return found
