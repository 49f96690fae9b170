"""How referrals are looked up."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, page
from loyalty.referrals.models import Referral

LEADS_BACK = text("""
WITH RECURSIVE chain AS (
  SELECT referrer_id, 1 AS step FROM referral WHERE referred_id = :referrer
  UNION ALL
  SELECT referral.referrer_id, step + 1
  FROM chain JOIN referral ON referral.referred_id = chain.referrer_id WHERE step < 100
)
SELECT EXISTS (SELECT FROM chain WHERE referrer_id = :referred)
""")


async def leads_back(session: AsyncSession, referrer: UUID, referred: UUID) -> bool:
    """Whether the referrer was brought, over however many steps, by whom they want to refer."""
    asked = {"referrer": referrer, "referred": referred}
    return bool((await session.execute(LEADS_BACK, asked)).scalar_one())


async def referral_of(session: AsyncSession, referred: UUID) -> Referral | None:
    return (await session.exec(select(Referral).where(Referral.referred_id == referred))).first()


async def referrals_by(
    session: AsyncSession, referrer: UUID, first: int, after: str | None
) -> Page[Referral]:
    """Those whom a customer brought, the newest first."""
    mine = select(Referral).where(Referral.referrer_id == referrer)
    return await page(session, mine, [Referral.id], first=first, after=after)


async def told_by(session: AsyncSession, orders: Collection[UUID]) -> dict[UUID, str]:
    """Who told of the referrals that qualified by these orders."""
    if not orders:
        return {}
    rows = await session.exec(
        select(Referral.order_id, Referral.told_by).where(col(Referral.order_id).in_(orders))
    )
    return {order: teller for order, teller in rows if order is not None}
