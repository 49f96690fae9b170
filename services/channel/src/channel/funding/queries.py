"""Looking up what partners pay for members' points."""

from sqlmodel import col, select

from channel.funding.models import FundedMonth
from kit.database import AsyncSession
from kit.paging import Page, page


async def funded_months(
    session: AsyncSession, partner_code: str, first: int, after: str | None
) -> Page[FundedMonth]:
    """A partner's months, the latest first."""
    mine = select(FundedMonth).where(FundedMonth.partner_code == partner_code)
    by = [col(FundedMonth.month), col(FundedMonth.currency)]
    return await page(session, mine, by, first=first, after=after)
