"""How privileges are looked up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.models import utcnow
from kit.paging import Page, page
from loyalty.privileges.models import HeldPrivilege, Privilege, TierPrivilege
from loyalty.units import reaches

HELD = text("""
SELECT DISTINCT ON (customer_id, code) *
FROM (
  SELECT period.customer_id, code, name, gives,
    min(period.since) AS since, max(period.until) AS until, NULL AS by_tier
  FROM privilege_period AS period JOIN privilege ON privilege.code = period.privilege_code
  WHERE period.customer_id = ANY (:customers) AND period.ended_at IS NULL
    AND period.until > :now
  GROUP BY period.customer_id, code, name, gives
  HAVING min(period.since) <= :now
  UNION ALL
  SELECT member.customer_id, code, name, gives, member.since, NULL, member.tier_code
  FROM member_tier AS member JOIN tier_privilege USING (tier_code)
  JOIN privilege ON privilege.code = tier_privilege.privilege_code
  WHERE member.customer_id = ANY (:customers)
) AS held
ORDER BY customer_id, code, until DESC NULLS FIRST
""").bindparams(bindparam("customers", type_=ARRAY(Uuid)))


async def privileges_of(
    session: AsyncSession, customers: Iterable[UUID], now: datetime | None = None
) -> dict[UUID, list[HeldPrivilege]]:
    """What each customer has now, by code; of two ways to have it the longer one."""
    found: dict[UUID, list[HeldPrivilege]] = {each: [] for each in customers}
    asked = {"customers": list(found), "now": now or utcnow()}
    for row in await session.execute(HELD, asked):
        found[row.customer_id].append(HeldPrivilege(*row))
    return found


async def privileges_by_code(
    session: AsyncSession, codes: Iterable[str], *, locked: bool = False
) -> dict[str, Privilege]:
    wanted = select(Privilege).where(col(Privilege.code).in_(set(codes)))
    if locked:
        wanted = wanted.order_by(col(Privilege.code)).with_for_update(read=True)
    return {row.code: row for row in await session.exec(wanted)}


async def privileges_for(
    session: AsyncSession, unit: str | None, first: int, after: str | None
) -> Page[Privilege]:
    """What units above and below define, the newest first."""
    wanted = select(Privilege).where(reaches(Privilege.unit, unit))
    return await page(session, wanted, [Privilege.id], first=first, after=after)


async def privileges_of_tiers(session: AsyncSession) -> Sequence[TierPrivilege]:
    by = (col(TierPrivilege.tier_code), col(TierPrivilege.privilege_code))
    return (await session.exec(select(TierPrivilege).order_by(*by))).all()
