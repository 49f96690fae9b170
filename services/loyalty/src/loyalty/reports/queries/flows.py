"""How points moved: the sums by month, and what was posted since they were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession
from kit.errors import InvalidInput
from loyalty.reports.queries.tiers import tier_held

MOST_ROWS: Final = 5_000

# A benefit names its task, a part of a red packet and a prize what they were given for.
# Locking, releasing and maturing move points between parts of a wallet: members have as many.
_TIER: Final = tier_held("posting.created_at")
TAIL: Final = f"""
SELECT to_char(posting.created_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, posting.currency,
       coalesce(account.unit, '') AS unit, {_TIER} AS tier_code,
       coalesce(benefit.campaign_id, packet.campaign_id, earning.campaign_id,
                '00000000-0000-0000-0000-000000000000') AS campaign_id,
       posting.kind, posting.against, count(*) AS postings,
       sum(CASE WHEN posting.kind IN ('lock', 'release', 'mature') THEN 0
           ELSE posting.points END)::bigint AS points
FROM posting
JOIN points_account AS account ON account.id = posting.account_id
LEFT JOIN member_tier USING (customer_id)
LEFT JOIN posting AS origin ON origin.id = coalesce(posting.reverses, posting.settles)
CROSS JOIN LATERAL (
  SELECT coalesce(origin.key, posting.key) AS key,
    coalesce(origin.source_kind, posting.source_kind) AS source_kind,
    coalesce(origin.source_id, posting.source_id) AS source_id
) AS given
LEFT JOIN red_packet_take AS take
  ON take.packet_id = CASE WHEN given.key LIKE 'red_packet:%' THEN given.source_id::uuid END
  AND take.number = CASE WHEN given.key LIKE 'red_packet:%'
    THEN split_part(given.key, ':', 3)::int END
LEFT JOIN red_packet AS packet ON packet.id = take.packet_id
LEFT JOIN lottery_draw AS drawn ON drawn.source_kind = 'benefit'
  AND drawn.id = CASE WHEN given.key LIKE 'prize:%' THEN substr(given.key, 7)::uuid END
LEFT JOIN benefit ON benefit.task_id = CASE
  WHEN given.source_kind = 'task' THEN given.source_id::uuid
  WHEN take.source_kind = 'benefit' THEN take.source_id
  ELSE drawn.source_id END
LEFT JOIN earning ON earning.source_kind = 'conversion'
  AND earning.source_id = CASE WHEN given.source_kind = 'conversion'
    THEN given.source_id::uuid END
WHERE posting.created_at >= {{since}} AND posting.created_at < {{until}}
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608  # our own names
_SINCE_FOLDED: Final = TAIL.format(
    since="(SELECT folded_until FROM ledger_fold)", until="'infinity'"
)
FLOWS: Final = f"""
SELECT month, currency, unit, tier_code, campaign_id, kind, against, postings, points
FROM points_flow UNION ALL ({_SINCE_FOLDED})
"""  # noqa: S608  # our own names
MOVEMENTS: Final = text(f"""
SELECT month, currency,
  CASE WHEN :by_tier THEN tier_code END AS tier_code,
  CASE WHEN :by_campaign THEN campaign_id END AS campaign_id,
  CASE WHEN :by_unit THEN unit END AS unit,
  sum(postings)::bigint AS postings,
  coalesce(sum(points) FILTER (WHERE kind IN ('earn', 'grant')), 0)::bigint AS earned,
  coalesce(-sum(points) FILTER (WHERE kind IN ('spend', 'confirm')), 0)::bigint AS burned,
  coalesce(sum(points) FILTER (WHERE kind = 'return'), 0)::bigint AS returned,
  coalesce(-sum(points) FILTER (WHERE kind = 'reverse'), 0)::bigint AS reversed,
  coalesce(-sum(points) FILTER (WHERE kind = 'expire'), 0)::bigint AS expired,
  coalesce(sum(points) FILTER (WHERE kind = 'adjust'), 0)::bigint AS adjusted,
  coalesce(sum(points) FILTER (WHERE kind IN ('transfer', 'move')), 0)::bigint AS transferred,
  sum(points)::bigint AS net
FROM ({FLOWS}) AS flow
WHERE month BETWEEN :since AND :until
  AND (CAST(:currency AS text) IS NULL OR currency = :currency)
  AND (CAST(:campaign AS uuid) IS NULL OR campaign_id = :campaign)
  AND (:all_units OR unit = :seen_from OR starts_with(unit, :seen_from || '.'))
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3 NULLS FIRST, 4 NULLS FIRST, 5 NULLS FIRST
LIMIT {MOST_ROWS + 1}
""")  # noqa: S608  # our own names
DIFFERENCES: Final = text(f"""
WITH told AS (
  SELECT currency, against, sum(points) AS points FROM ({FLOWS}) AS flow GROUP BY 1, 2
), kept AS (
  SELECT currency, account_kind AS against, -sum(amount) AS points
  FROM entry JOIN posting ON posting.id = posting_id
  WHERE entry.account_id IS NULL GROUP BY 1, 2
), ended AS (
  SELECT currency, sum(available + pending + locked - debt) AS points FROM month_end
  WHERE month = (SELECT closed_month FROM ledger_fold) GROUP BY 1
), moved AS (
  SELECT currency, sum(points) AS points FROM ({FLOWS}) AS flow
  WHERE month <= (SELECT closed_month FROM ledger_fold) GROUP BY 1
)
SELECT (
  SELECT count(*) FROM told FULL JOIN kept USING (currency, against)
  WHERE coalesce(told.points, 0) <> coalesce(kept.points, 0)
) + (
  SELECT count(*) FROM ended JOIN moved USING (currency) WHERE ended.points <> moved.points)
""")  # noqa: S608  # our own names


@dataclass(frozen=True, slots=True)
class Movements:
    """What moved in a month: of a tier, a campaign, a unit where that was asked for.

    `earned` less `burned`, plus `returned`, less `reversed` and `expired`, plus what was adjusted
    and transferred, up or down, is `net`.
    """

    month: str
    currency: str
    tier_code: str | None
    campaign_id: UUID | None
    unit: str | None
    postings: int
    earned: int
    burned: int
    returned: int
    reversed: int
    expired: int
    adjusted: int
    transferred: int
    net: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which movements, added up by what; those of a unit's subtree."""

    since: str
    until: str
    seen_from: str
    currency: str | None = None
    campaign: UUID | None = None
    by_tier: bool = False
    by_campaign: bool = False
    by_unit: bool = False

    @property
    def all_units(self) -> bool:
        """Headquarters also sees what belongs to members whose unit nobody knows."""
        return bool(self.seen_from) and "." not in self.seen_from


async def movements(session: AsyncSession, asked: Asked) -> Sequence[Movements]:
    """By month and currency; InvalidInput for more than 5,000 rows."""
    names = ("since", "until", "seen_from", "currency", "campaign")
    by = ("by_tier", "by_campaign", "by_unit", "all_units")
    given = {name: getattr(asked, name) for name in (*names, *by)}
    found = (await session.execute(MOVEMENTS, given)).mappings().all()
    require_whole(found)
    return [Movements(**row) for row in found]


def require_whole(rows: Sequence[object]) -> None:
    """All of a report, or InvalidInput: one that was cut off would add up to less."""
    if len(rows) > MOST_ROWS:
        raise InvalidInput(
            "until", f"makes more than {MOST_ROWS:,} rows: ask for fewer months or parts at once"
        )


async def differences(session: AsyncSession) -> int:
    """In how many accounts and months the reports say something else than the ledger: in none."""
    return int((await session.execute(DIFFERENCES)).scalar_one())
