"""How bundles are looked up."""

from collections.abc import Iterable

from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, page
from loyalty.bundles.models import Bundle
from loyalty.units import reaches


async def bundles_by_code(session: AsyncSession, codes: Iterable[str]) -> dict[str, Bundle]:
    wanted = select(Bundle).where(col(Bundle.code).in_(set(codes)))
    return {row.code: row for row in await session.exec(wanted)}


async def bundles_for(
    session: AsyncSession, unit: str | None, first: int, after: str | None
) -> Page[Bundle]:
    """What units above and below define, the newest first."""
    wanted = select(Bundle).where(reaches(Bundle.unit, unit))
    return await page(session, wanted, [Bundle.id], first=first, after=after)
