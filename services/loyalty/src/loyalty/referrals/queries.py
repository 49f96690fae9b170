"""How referrals are looked up."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, or_, text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, page
from loyalty.referrals.models import Referral, ReferralCode, ReferralProgramme

LEADS_BACK = text("""
WITH RECURSIVE chain AS (
  SELECT referrer_id, 1 AS step FROM referral WHERE referred_id = :referrer
  UNION ALL
  SELECT referral.referrer_id, step + 1
  FROM chain JOIN referral ON referral.referred_id = chain.referrer_id WHERE step < 100
)
SELECT EXISTS (SELECT FROM chain WHERE referrer_id = :referred)
""")
STANDING = text("""
SELECT order_id FROM referral WHERE order_id = ANY (:orders) AND referrer_id <> referred_id
ORDER BY id FOR SHARE
""").bindparams(bindparam("orders", type_=ARRAY(Uuid)))


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


async def still_qualifying(session: AsyncSession, orders: Collection[UUID]) -> set[UUID]:
    """Those of the orders by which a referral qualifies, which stays so until the end."""
    return set((await session.scalars(STANDING, {"orders": list(orders)})).all())


async def qualified_between(session: AsyncSession, one: UUID, other: UUID) -> list[Referral]:
    """The referrals of one by the other that have qualified, held."""
    both = or_(
        (col(Referral.referrer_id) == one) & (col(Referral.referred_id) == other),
        (col(Referral.referrer_id) == other) & (col(Referral.referred_id) == one),
    )
    found = select(Referral).where(both, col(Referral.order_id).is_not(None))
    return list((await session.exec(found.order_by(col(Referral.id)).with_for_update())).all())


async def programme_in_force(session: AsyncSession) -> ReferralProgramme:
    newest = select(ReferralProgramme).order_by(col(ReferralProgramme.version).desc()).limit(1)
    return (await session.exec(newest)).one()


async def programmes(
    session: AsyncSession, first: int, after: str | None
) -> Page[ReferralProgramme]:
    """The versions of the terms, the newest first."""
    by = [ReferralProgramme.version]
    return await page(session, select(ReferralProgramme), by, first=first, after=after)


async def programmes_by_version(
    session: AsyncSession, versions: Iterable[int]
) -> dict[int, ReferralProgramme]:
    wanted = select(ReferralProgramme).where(col(ReferralProgramme.version).in_(set(versions)))
    return {row.version: row for row in await session.exec(wanted)}


async def codes_of(session: AsyncSession, customers: Collection[UUID]) -> dict[UUID, str]:
    """Each customer's code, the first of those they have."""
    found = select(ReferralCode).where(col(ReferralCode.customer_id).in_(customers))
    newest_first = found.order_by(col(ReferralCode.made_at).desc(), col(ReferralCode.code))
    return {row.customer_id: row.code for row in await session.exec(newest_first)}


async def customer_of_code(session: AsyncSession, code: str) -> UUID | None:
    found = select(ReferralCode.customer_id).where(ReferralCode.code == code)
    return (await session.exec(found)).first()
