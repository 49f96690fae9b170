"""What was handed out has cost: from what each kind keeps, within the months asked for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession
from loyalty.reports.months import begin_of, named, number_of
from loyalty.reports.queries.flows import MOST_ROWS, Asked, require_whole
from loyalty.reports.queries.tiers import tier_held

# Vouchers cost what they take off: a reward that is one costs nothing before.
REWARDS: Final = """
SELECT reward.kind, given.money AS currency, given.customer_id, given.source_kind,
  given.source_id, NULL::uuid AS campaign_id, booked.at, booked.many * given.cost_minor AS minor
FROM reward_given AS given JOIN reward ON reward.id = given.reward_id
CROSS JOIN LATERAL (VALUES (given.given_at, 1), (given.returned_at, -1)) AS booked (at, many)
WHERE (given.given_at >= :begin AND given.given_at < :end
  OR given.returned_at >= :begin AND given.returned_at < :end)
  AND given.cost_minor > 0 AND reward.kind <> 'voucher'
"""
VOUCHERS: Final = """
SELECT 'voucher', redeemed.currency, redeemed.customer_id, voucher.source_kind,
  voucher.source_id, NULL, booked.at, booked.many * used.discount_minor
FROM voucher_redemption AS redeemed JOIN voucher_use AS used ON used.redemption_id = redeemed.id
LEFT JOIN voucher ON voucher.id = used.voucher_id
CROSS JOIN LATERAL (VALUES (redeemed.redeemed_at, 1),
  (CASE WHEN redeemed.state = 'cancelled' THEN redeemed.ended_at END, -1)) AS booked (at, many)
WHERE redeemed.redeemed_at >= :begin AND redeemed.redeemed_at < :end
  OR redeemed.state = 'cancelled' AND redeemed.ended_at >= :begin AND redeemed.ended_at < :end
"""
RED_PACKETS: Final = """
SELECT 'red_packet', rules.money, taken.customer_id, taken.source_kind, taken.source_id,
  CASE WHEN taken.source_kind <> 'benefit' THEN packet.campaign_id END,
  taken.at, taken.minor
FROM (
  SELECT packet_id, customer_id, source_kind, source_id, taken_at AS at, amount AS minor
  FROM red_packet_take WHERE taken_at >= :begin AND taken_at < :end
  UNION ALL
  SELECT packet_id, customer_id, take.source_kind, take.source_id, posting.created_at, -amount
  FROM red_packet_take AS take JOIN posting ON posting.reverses = take.posting_id
  WHERE take.review = 'rejected'
) AS taken JOIN red_packet AS packet ON packet.id = taken.packet_id
JOIN currency AS rules ON rules.code = packet.currency AND rules.kind = 'money'
"""
PRIZES: Final = """
SELECT 'prize', rules.money, drawn.customer_id, drawn.source_kind, drawn.source_id, NULL,
  drawn.drawn_at, posting.points
FROM lottery_draw AS drawn JOIN posting ON posting.key = 'prize:' || drawn.id
JOIN currency AS rules ON rules.code = posting.currency AND rules.kind = 'money'
WHERE drawn.drawn_at >= :begin AND drawn.drawn_at < :end AND drawn.cost_minor > 0
"""
# Of a bundle that was reversed, what had been credited came back, and all privileges.
BENEFITS: Final = """
SELECT part.kind, benefit.currency, benefit.customer_id, 'benefit', benefit.task_id,
  benefit.campaign_id, booked.at, booked.many * part.minor
FROM benefit CROSS JOIN LATERAL (
  SELECT benefit.kind, benefit.cost_minor AS minor, benefit.returned_minor > 0 AS is_back
  WHERE benefit.kind <> 'bundle'
  UNION ALL
  SELECT each ->> 'kind', (each ->> 'cost_minor')::bigint, each ->> 'kind' = 'privilege'
    OR EXISTS (SELECT FROM posting WHERE key = 'benefit:' || (each ->> 'id'))
  FROM jsonb_array_elements(benefit.parts) AS each WHERE benefit.kind = 'bundle'
) AS part CROSS JOIN LATERAL (VALUES (benefit.created_at, 1),
  (CASE WHEN part.is_back THEN benefit.reversed_at END, -1)) AS booked (at, many)
WHERE (benefit.created_at >= :begin AND benefit.created_at < :end
  OR benefit.reversed_at >= :begin AND benefit.reversed_at < :end)
  AND part.kind IN ('cash_back', 'privilege', 'endorsement')
  AND benefit.outcome IN ('fulfilled', 'reversed')
"""
# A gift or voucher of a bundle is known by the number of its part, a prize by its draw.
CAMPAIGN: Final = """
SELECT coalesce(
  (SELECT campaign_id FROM benefit WHERE benefit.task_id = source.id),
  (SELECT campaign_id FROM benefit
   WHERE benefit.customer_id = booked.customer_id AND benefit.kind = 'bundle'
     AND benefit.parts @> jsonb_build_array(jsonb_build_object('id', source.id)))
) FROM (
  SELECT booked.source_id AS id WHERE booked.source_kind = 'benefit'
  UNION ALL
  SELECT source_id FROM lottery_draw
  WHERE booked.source_kind = 'prize' AND id = booked.source_id AND source_kind = 'benefit'
) AS source
"""
COSTS: Final = text(f"""
WITH told AS (
  SELECT to_char(booked.at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, booked.kind,
    booked.currency, booked.minor, coalesce(account.unit, '') AS unit,
    {tier_held("booked.at")} AS tier_code,
    CASE WHEN :by_campaign OR CAST(:campaign AS uuid) IS NOT NULL
      THEN coalesce(booked.campaign_id, ({CAMPAIGN})) END AS campaign_id
  FROM ({REWARDS} UNION ALL {VOUCHERS} UNION ALL {RED_PACKETS} UNION ALL {PRIZES}
    UNION ALL {BENEFITS}) AS booked
  LEFT JOIN points_account AS account ON account.customer_id = booked.customer_id
  LEFT JOIN member_tier ON member_tier.customer_id = booked.customer_id
  WHERE booked.at >= :begin AND booked.at < :end AND booked.minor <> 0
)
SELECT month, kind, currency,
  CASE WHEN :by_tier THEN tier_code END AS tier_code,
  CASE WHEN :by_campaign THEN campaign_id END AS campaign_id,
  CASE WHEN :by_unit THEN unit END AS unit,
  coalesce(sum(minor) FILTER (WHERE minor > 0), 0)::bigint AS given_minor,
  coalesce(-sum(minor) FILTER (WHERE minor < 0), 0)::bigint AS returned_minor,
  sum(minor)::bigint AS cost_minor
FROM told
WHERE (CAST(:currency AS text) IS NULL OR currency = :currency)
  AND (CAST(:campaign AS uuid) IS NULL OR campaign_id = :campaign)
  AND (:all_units OR unit = :seen_from OR starts_with(unit, :seen_from || '.'))
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4 NULLS FIRST, 5 NULLS FIRST, 6 NULLS FIRST
LIMIT {MOST_ROWS + 1}
""")  # noqa: S608  # our own names


@dataclass(frozen=True, slots=True)
class RewardCosts:
    """What handing out one kind of thing cost in a month: given, less what came back in it."""

    month: str
    kind: str
    currency: str
    tier_code: str | None
    campaign_id: UUID | None
    unit: str | None
    given_minor: int
    returned_minor: int
    cost_minor: int


async def reward_costs(session: AsyncSession, asked: Asked) -> Sequence[RewardCosts]:
    """By month, kind and currency; InvalidInput for more than 5,000 rows."""
    given = asdict(asked) | {
        "all_units": asked.all_units,
        "begin": begin_of(asked.since),
        "end": begin_of(named(number_of(asked.until) + 1)),
    }
    found = (await session.execute(COSTS, given)).mappings().all()
    require_whole(found)
    return [RewardCosts(**row) for row in found]
