"""The tier of two customers who are one: the higher of theirs, or what their points deserve."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow
from loyalty.tiers.events import TierChanged

BEST: Final = text("""
WITH counted AS (
  SELECT coalesce(sum(points), 0)::bigint AS points FROM qualifying_points
  WHERE customer_id = :customer
    AND qualified_at > CAST(:now AS timestamptz) - interval '12 months'
), present AS (
  SELECT tier.threshold, member.* FROM member_tier AS member
  JOIN tier ON tier.code = member.tier_code WHERE customer_id = :customer
), possible AS (
  SELECT code, threshold, CAST(:now AS timestamptz) AS since,
    CAST(:now AS timestamptz) + interval '12 months' AS period_ends_at
  FROM tier, counted WHERE threshold <= counted.points
  UNION ALL
  SELECT tier.code, tier.threshold, member.since, member.period_ends_at
  FROM member_tier AS member JOIN tier ON tier.code = member.tier_code
  WHERE member.customer_id = :other
), best AS (
  SELECT * FROM possible ORDER BY threshold DESC, period_ends_at DESC LIMIT 1
)
SELECT best.code, best.since, best.period_ends_at, counted.points,
  coalesce(present.tier_code, 'none') AS former_code, present.since AS former_since,
  present.period_ends_at AS former_period_ends_at
FROM best CROSS JOIN counted LEFT JOIN present ON true
WHERE best.threshold > coalesce(present.threshold, 0)
""")
KEEP: Final = text("""
INSERT INTO member_tier AS member (customer_id, tier_code, since, period_ends_at, version)
VALUES (:customer, :code, :since, :period_ends_at, 1)
ON CONFLICT (customer_id) DO UPDATE SET tier_code = excluded.tier_code, since = excluded.since,
  period_ends_at = excluded.period_ends_at, version = member.version + 1
RETURNING version
""")
CHANGED: Final = text("""
INSERT INTO tier_change (customer_id, version, from_tier, to_tier, qualifying_points, changed_at)
VALUES (:customer, :version, :former, :code, :points, :now)
""")
REMEMBER: Final = text("""
INSERT INTO tier_given (merge_id, customer_id, tier_code, given_at, former_code, former_since,
  former_period_ends_at)
VALUES (:merge, :customer, :code, :now, :former, :former_since, :former_period_ends_at)
""")
# Only if the survivor still has the tier that the merge gave.
GIVEN: Final = text("""
DELETE FROM tier_given USING member_tier AS member
WHERE merge_id = :merge AND member.customer_id = tier_given.customer_id
  AND member.tier_code = tier_given.tier_code
RETURNING tier_given.*, member.since, member.period_ends_at, (
  SELECT coalesce(sum(points), 0)::bigint FROM qualifying_points
  WHERE customer_id = tier_given.customer_id
    AND qualified_at > CAST(:now AS timestamptz) - interval '12 months') AS points
""")


async def give_tier(session: AsyncSession, merge_id: UUID, survivor: UUID, absorbed: UUID) -> None:
    """Raise the survivor to what both together have reached; nobody falls by a merge."""
    now = utcnow()
    asked = {"customer": survivor, "other": absorbed, "now": now}
    best = (await session.execute(BEST, asked)).first()
    if best is None:
        return
    await _change(session, survivor, best, best.former_code, best.code)
    await session.execute(
        REMEMBER,
        {
            "merge": merge_id,
            "customer": survivor,
            "code": best.code,
            "now": now,
            "former": best.former_code,
            "former_since": best.former_since,
            "former_period_ends_at": best.former_period_ends_at,
        },
    )


async def give_back_tier(session: AsyncSession, merge_id: UUID) -> None:
    """The survivor has the tier they had, unless it has changed since."""
    given = (await session.execute(GIVEN, {"merge": merge_id, "now": utcnow()})).first()
    if given is not None:
        await _change(session, given.customer_id, given, given.tier_code, given.former_code)


async def _change(session: AsyncSession, customer: UUID, row: Any, former: str, code: str) -> None:
    back = code == row.former_code
    values = {
        "customer": customer,
        "code": code,
        "since": (row.former_since if back else None) or row.since,
        "period_ends_at": (row.former_period_ends_at if back else None) or row.period_ends_at,
    }
    version = (await session.execute(KEEP, values)).scalar_one()
    told = {"customer": customer, "version": version, "former": former, "code": code}
    await session.execute(CHANGED, {**told, "points": row.points, "now": utcnow()})
    record(
        session,
        TierChanged(customer_id=customer, version=version, from_tier=former, to_tier=code),
    )
