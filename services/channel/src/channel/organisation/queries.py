"""Looking units up."""

from collections.abc import Iterable

from sqlmodel import col, select

from channel.organisation.models import OrgUnit
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.paging import Page, page
from kit.units import below, checked_unit


async def require_unit(session: AsyncSession, code: str) -> None:
    """NotFound unless the unit is registered."""
    checked_unit(code)
    if (await session.exec(select(OrgUnit.id).where(OrgUnit.code == code))).first() is None:
        raise NotFound("unit", code)


async def units_by_code(
    session: AsyncSession, codes: Iterable[str], *, seen_from: str
) -> dict[str, OrgUnit]:
    statement = select(OrgUnit).where(
        col(OrgUnit.code).in_(codes), below(col(OrgUnit.code), seen_from)
    )
    return {unit.code: unit for unit in await session.exec(statement)}


async def units_below(
    session: AsyncSession, root: str, *, seen_from: str, first: int, after: str | None
) -> Page[OrgUnit]:
    """The unit `root` and all below it, in the order of their paths."""
    statement = select(OrgUnit).where(
        below(col(OrgUnit.code), checked_unit(root, "below")), below(col(OrgUnit.code), seen_from)
    )
    return await page(
        session, statement, [OrgUnit.code], first=first, after=after, newest_first=False
    )
