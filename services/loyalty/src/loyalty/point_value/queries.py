"""How the values of a point are looked up."""

from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, page
from loyalty.point_value.models import PointValue
from loyalty.points.models import Programme


async def point_values(session: AsyncSession, first: int, after: str | None) -> Page[PointValue]:
    """That in force first."""
    return await page(session, select(PointValue), [PointValue.version], first=first, after=after)


async def point_value_in_force(session: AsyncSession) -> PointValue:
    newest = select(PointValue).order_by(col(PointValue.version).desc()).limit(1)
    return (await session.exec(newest)).one()


async def programme(session: AsyncSession) -> Programme:
    """In whose money a point has its value."""
    return (await session.exec(select(Programme))).one()


async def programme_to_change(session: AsyncSession) -> Programme:
    """The same, nobody else changing it meanwhile."""
    held = select(Programme).with_for_update(key_share=True)
    return (await session.exec(held.execution_options(populate_existing=True))).one()
