"""Everything that changes tiers: up at once, down only some time after a period's end."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, text
from sqlmodel import col

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.events import record
from kit.models import utcnow
from loyalty.tiers.events import TierChanged
from loyalty.tiers.models import Qualifying, QualifyingPoints, Tier

REVIEWED_AT_ONCE = 2_000
GRACE_DAYS = 30

# A member's tier is looked up for each: a join, planned while few have one, would read them all.
COUNT = text("""
WITH fresh AS (
  INSERT INTO qualifying_points (source_id, customer_id, points, qualified_at)
  SELECT source_id, customer_id, points, qualified_at
  FROM jsonb_to_recordset(CAST(:qualifying AS jsonb)) AS new (
    source_id uuid, customer_id uuid, points bigint, qualified_at timestamptz)
  ON CONFLICT (source_id) DO NOTHING
  RETURNING customer_id, points, qualified_at
), counted AS (
  SELECT customer_id, sum(points)::bigint AS points
  FROM (
    SELECT customer_id, points, qualified_at FROM fresh
    UNION ALL
    SELECT customer_id, points, qualified_at FROM qualifying_points
    WHERE customer_id = ANY (ARRAY(SELECT customer_id FROM fresh))
  ) AS old_and_new
  WHERE qualified_at > CAST(:now AS timestamptz) - interval '12 months'
  GROUP BY customer_id
), risen AS (
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
""")

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


async def count_towards_tiers(
    session: AsyncSession, qualifying: Sequence[Qualifying], now: datetime | None = None
) -> None:
    """Count each source once, and raise at once whoever reaches a higher tier by it.

    The caller has moved these customers' points in the same transaction: the lock on their
    accounts keeps two from counting past each other.
    """
    if qualifying:
        rows = orjson.dumps(qualifying, default=str).decode()
        await _change(session, COUNT, {"qualifying": rows, "now": now or utcnow()})


async def count_no_longer(session: AsyncSession, sources: Iterable[UUID]) -> None:
    """What was taken back does not count; nobody falls before their period ends."""
    await session.execute(
        delete(QualifyingPoints).where(col(QualifyingPoints.source_id).in_(sources))
    )


async def review_tiers(session: AsyncSession, now: datetime | None = None) -> None:
    """Give members whose period has ended the tier that their points still deserve.

    Who deserves less is spared for a while, and looked at again when that is over.
    """
    now = now or utcnow()
    held = await session.scalars(HOLD_DUE, {"now": now, "most": REVIEWED_AT_ONCE})
    members = held.all()
    if members:
        asked = {"now": now, "members": members, "grace_days": GRACE_DAYS}
        await _change(session, REVIEW, asked)


async def describe_tier(session: AsyncSession, code: str, benefits: str) -> Tier:
    """Say in words what a tier brings its members; NotFound when there is none."""
    tier = await session.get(Tier, code, with_for_update=True)
    if tier is None:
        raise NotFound("tier", code)
    tier.benefits = benefits
    session.add(tier)
    await session.flush()
    return tier


async def _change(session: AsyncSession, statement: Any, values: dict[str, Any]) -> None:
    for customer, version, before, after in await session.execute(statement, values):
        record(
            session,
            TierChanged(customer_id=customer, version=version, from_tier=before, to_tier=after),
        )
