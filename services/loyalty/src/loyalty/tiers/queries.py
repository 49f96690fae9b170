"""How tiers are looked up: a member's place on the ladder, and what is missing to the next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import and_, col, select

from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.models import utcnow
from kit.paging import Page, page
from kit.predicates import parse, require_choices
from loyalty.tiers.models import Tier, TierChange, TierLift, TierVersion

MOST_VERSIONS: Final = 50

STANDINGS = text("""
SELECT customer AS customer_id, tier.code, tier.name, member.since, member.period_ends_at,
       counted.points AS qualifying_points, next.code AS next_code,
       CASE WHEN next.code IS NOT NULL THEN greatest(next.threshold - counted.points, 0) END
         AS missing_to_next,
       tier.benefits, member.grace_until, greatest(tier.threshold - counted.points, 0)
FROM unnest(CAST(:customers AS uuid[])) AS customer
LEFT JOIN member_tier AS member ON member.customer_id = customer
JOIN tier ON tier.code = coalesce(member.tier_code, 'none')
CROSS JOIN LATERAL (
  SELECT coalesce(sum(points), 0)::bigint AS points FROM qualifying_points
  WHERE customer_id = customer
    AND qualified_at > CAST(:now AS timestamptz) - interval '12 months') AS counted
LEFT JOIN LATERAL (
  SELECT code, threshold FROM tier AS higher WHERE higher.threshold > tier.threshold
  ORDER BY threshold LIMIT 1) AS next ON true
""")


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's tier, what counts towards the next, and how much is missing to it.

    `since` and `period_ends_at` are None for who has never risen, `next_code` and
    `missing_to_next` for who is at the top.
    """

    customer_id: UUID
    code: str
    name: str
    since: datetime | None
    period_ends_at: datetime | None
    qualifying_points: int
    next_code: str | None
    missing_to_next: int | None
    benefits: str
    grace_until: datetime | None
    missing_to_keep: int


async def standings(
    session: AsyncSession, customers: Iterable[UUID], now: datetime | None = None
) -> dict[UUID, Standing]:
    """Where each customer stands; who never earned stands at the foot of the ladder."""
    rows = await session.execute(STANDINGS, {"customers": list(customers), "now": now or utcnow()})
    return {row.customer_id: Standing(*row) for row in rows}


async def all_tiers(session: AsyncSession) -> Sequence[Tier]:
    """The ladder, from its foot."""
    return (await session.exec(select(Tier).order_by(col(Tier.threshold)))).all()


async def require_tiers(session: AsyncSession, field: str, codes: Iterable[str]) -> None:
    """Each of them is a tier of the ladder, or InvalidInput."""
    known = [each.code for each in await all_tiers(session)]
    if not set(codes) <= set(known):
        raise InvalidInput(field, f"takes codes of tiers: {', '.join(known)}")


async def require_tiers_asked(
    session: AsyncSession, condition: object, field: str = "condition"
) -> None:
    """Each tier that a condition asks for, if there is one, is of the ladder, or InvalidInput."""
    if condition is not None:
        known = [each.code for each in await all_tiers(session)]
        require_choices(parse(condition), {"member.tier": known}, field)


async def changes_of(
    session: AsyncSession, customer_id: UUID, first: int, after: str | None
) -> Page[TierChange]:
    """A customer's rises and falls, newest first."""
    mine = select(TierChange).where(TierChange.customer_id == customer_id)
    return await page(session, mine, [TierChange.version], first=first, after=after)


async def versions_of(
    session: AsyncSession, codes: Sequence[str]
) -> dict[str, list[tuple[TierVersion, TierLift | None]]]:
    """Tiers as they were set, the newest first, each with who was lifted by it."""
    lifted = and_(
        col(TierLift.code) == TierVersion.code, col(TierLift.version) == TierVersion.version
    )
    rows = await session.exec(
        select(TierVersion, TierLift)
        .outerjoin(TierLift, lifted)
        .where(col(TierVersion.code).in_(codes))
        .order_by(col(TierVersion.version).desc())
    )
    found: dict[str, list[tuple[TierVersion, TierLift | None]]] = {each: [] for each in codes}
    for version, lift in rows:
        found[version.code].append((version, lift))
    return {code: each[:MOST_VERSIONS] for code, each in found.items()}
