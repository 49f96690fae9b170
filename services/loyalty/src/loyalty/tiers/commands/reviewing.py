"""Reviews at the end of periods: tiers that are no longer deserved end some time after."""

from datetime import datetime

from sqlalchemy import text

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.tiers.commands.rising import tell_changes

REVIEWED_AT_ONCE = 2_000
GRACE_DAYS = 30

# Accounts are held first, by a statement of its own: then the sums see every order that is in.
HOLD_DUE = text("""
SELECT account.customer_id FROM points_account AS account JOIN member_tier USING (customer_id)
WHERE tier_code <> 'none' AND period_ends_at <= :now
  AND (grace_until IS NULL OR grace_until <= :now)
ORDER BY account.customer_id LIMIT :most FOR NO KEY UPDATE OF account SKIP LOCKED
""")

REVIEW = text("""
WITH reviewed AS (
  SELECT member.customer_id, member.tier_code, counted.points, deserved.code AS to_tier,
         deserved.threshold < present.threshold AND grace_until IS NULL AS spared
  FROM member_tier AS member JOIN tier AS present ON present.code = member.tier_code
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(points), 0)::bigint AS points FROM qualifying_points
    WHERE customer_id = member.customer_id
      AND qualified_at > CAST(:now AS timestamptz) - interval '12 months') AS counted
  CROSS JOIN LATERAL (SELECT code, threshold FROM tier WHERE threshold <= counted.points
                      ORDER BY threshold DESC LIMIT 1) AS deserved
  WHERE member.customer_id = ANY (:members) AND member.tier_code <> 'none'
    AND period_ends_at <= :now AND (grace_until IS NULL OR grace_until <= :now)
), spared AS (
  UPDATE member_tier AS member
  SET grace_until = CAST(:now AS timestamptz) + make_interval(days => :grace_days)
  FROM reviewed WHERE reviewed.customer_id = member.customer_id AND spared
), renewed AS (
  UPDATE member_tier AS member
  SET tier_code = to_tier, period_ends_at = CAST(:now AS timestamptz) + interval '12 months',
      since = CASE WHEN to_tier = reviewed.tier_code THEN since ELSE :now END, grace_until = NULL,
      version = version + (to_tier <> reviewed.tier_code)::int
  FROM reviewed WHERE reviewed.customer_id = member.customer_id AND NOT spared
  RETURNING member.customer_id, member.version
)
INSERT INTO tier_change (customer_id, version, from_tier, to_tier, qualifying_points, changed_at)
SELECT customer_id, version, tier_code, to_tier, points, :now
FROM reviewed JOIN renewed USING (customer_id) WHERE tier_code <> to_tier
RETURNING customer_id, version, from_tier, to_tier
""")


async def review_tiers(session: AsyncSession, now: datetime | None = None) -> None:
    """Give members whose period has ended the tier that their points still deserve.

    Who deserves less is spared for a while, and looked at again when that is over.
    """
    now = now or utcnow()
    held = await session.scalars(HOLD_DUE, {"now": now, "most": REVIEWED_AT_ONCE})
    members = held.all()
    if members:
        asked = {"now": now, "members": members, "grace_days": GRACE_DAYS}
        await tell_changes(session, REVIEW, asked)
