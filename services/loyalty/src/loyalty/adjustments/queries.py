"""How adjustments are looked up."""

from uuid import UUID

from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.paging import Page, page
from kit.units import below
from loyalty.accounts.models import PointsAccount
from loyalty.adjustments.models import Adjustment


async def adjustments_in(
    session: AsyncSession, state: str, unit: str, first: int, after: str | None
) -> Page[Adjustment]:
    """Those of accounts in the unit's subtree, the oldest first."""
    mine = (
        select(Adjustment)
        .join(PointsAccount, col(PointsAccount.id) == Adjustment.account_id)
        .where(Adjustment.state == state, below(col(PointsAccount.unit), unit))
    )
    return await page(session, mine, [Adjustment.id], first=first, after=after, newest_first=False)


async def adjustment_by_key(session: AsyncSession, key: str) -> Adjustment | None:
    return (await session.exec(select(Adjustment).where(Adjustment.key == key))).first()


async def adjustment_to_decide(session: AsyncSession, adjustment_id: UUID) -> Adjustment:
    """The adjustment, nobody else deciding on it meanwhile; or NotFound."""
    locked = select(Adjustment).where(Adjustment.id == adjustment_id).with_for_update()
    found = (await session.exec(locked)).first()
    if found is None:
        raise NotFound("adjustment", adjustment_id)
    return found
