"""Rising: whoever's points deserve a higher tier has it at once, and the platform is told."""

from typing import Any, Final

from kit.database import AsyncSession
from kit.events import record
from loyalty.tiers.events import TierChanged

# A member's tier is looked up for each: a join, planned while few have one, would read them all.
RISE: Final = """
, risen AS (
  SELECT counted.*, deserved.code AS to_tier, coalesce(present.code, 'none') AS from_tier
  FROM counted
  CROSS JOIN LATERAL (SELECT code, threshold FROM tier WHERE threshold <= counted.points
                      ORDER BY threshold DESC LIMIT 1) AS deserved
  LEFT JOIN LATERAL (SELECT tier_code FROM member_tier
                     WHERE customer_id = counted.customer_id LIMIT 1) AS member ON true
  LEFT JOIN tier AS present ON present.code = member.tier_code
  WHERE deserved.threshold > coalesce(present.threshold, 0)
), changed AS (
  INSERT INTO member_tier AS member (customer_id, tier_code, since, period_ends_at, version)
  SELECT customer_id, to_tier, :now, CAST(:now AS timestamptz) + interval '12 months', 1
  FROM risen ORDER BY customer_id
  ON CONFLICT (customer_id) DO UPDATE SET tier_code = excluded.tier_code, since = excluded.since,
    period_ends_at = excluded.period_ends_at, grace_until = NULL, version = member.version + 1
  RETURNING customer_id, version
)
INSERT INTO tier_change (customer_id, version, from_tier, to_tier, qualifying_points, changed_at)
SELECT customer_id, version, from_tier, to_tier, points, :now FROM changed JOIN risen USING (customer_id)
RETURNING customer_id, version, from_tier, to_tier
"""
"""Follows points `counted` of customers whose accounts are held."""


async def tell_changes(session: AsyncSession, statement: Any, values: dict[str, Any]) -> int:
    """Change tiers by a statement that answers who rose or fell, and tell; how many."""
    changes = (await session.execute(statement, values)).all()
    for customer, version, before, after in changes:
        record(
            session,
            TierChanged(customer_id=customer, version=version, from_tier=before, to_tier=after),
        )
    return len(changes)
