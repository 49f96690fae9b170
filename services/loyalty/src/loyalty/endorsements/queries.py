"""How endorsements are looked up."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, page
from loyalty.endorsements.models import Endorsement, EndorsementShown, Showing
from loyalty.units import reaches


async def endorsements_by_code(
    session: AsyncSession, codes: Iterable[str]
) -> dict[str, Endorsement]:
    wanted = select(Endorsement).where(col(Endorsement.code).in_(set(codes)))
    return {row.code: row for row in await session.exec(wanted)}


async def endorsements_for(
    session: AsyncSession, unit: str | None, first: int, after: str | None
) -> Page[Endorsement]:
    """What units above and below define, the newest first."""
    wanted = select(Endorsement).where(reaches(Endorsement.unit, unit))
    return await page(session, wanted, [Endorsement.id], first=first, after=after)


async def shown_to(
    session: AsyncSession, customer: UUID, first: int, after: str | None
) -> Page[Showing]:
    """What a customer was shown, the newest first, as far as it is still there."""
    codes = select(Endorsement.code)
    mine = select(EndorsementShown).where(
        EndorsementShown.customer_id == customer,
        col(EndorsementShown.endorsement_code).in_(codes),
    )
    found = await page(session, mine, [EndorsementShown.id], first=first, after=after)
    by_code = await endorsements_by_code(session, (row.endorsement_code for row in found.items))
    return Page(
        items=[Showing(row.id, by_code[row.endorsement_code], row.shown_at) for row in found.items],
        cursors=found.cursors,
        has_next=found.has_next,
    )
