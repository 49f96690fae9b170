"""Taking rewards out of stock and putting them back: exact, however many do so at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, Text, Uuid, bindparam, text

from kit.database import AsyncSession
from loyalty.rewards.models import Reward, RewardBarrier
from loyalty.rewards.standing import Standing, limits_reached

HOLD_LIMITS: Final = text("""
SELECT pg_advisory_xact_lock(key) FROM (
  SELECT DISTINCT hashtextextended('reward:' || asked, 0) AS key
  FROM unnest(CAST(:asked AS text[])) AS asked ORDER BY key
) AS each
""").bindparams(bindparam("asked", type_=ARRAY(Text)))

HAD: Final = text("""
SELECT asked.reward_id, asked.customer_id, coalesce(sum(given.many), 0) AS in_all,
  coalesce(sum(given.many) FILTER (WHERE given.day = asked.day), 0) AS today
FROM unnest(:rewards, :customers, :days) AS asked (reward_id, customer_id, day)
LEFT JOIN reward_given AS given ON given.reward_id = asked.reward_id
  AND given.customer_id = asked.customer_id AND returned_at IS NULL
GROUP BY asked.reward_id, asked.customer_id
""").bindparams(
    bindparam("rewards", type_=ARRAY(Uuid)),
    bindparam("customers", type_=ARRAY(Uuid)),
    bindparam("days", type_=ARRAY(Date)),
)

# The row that everybody wants is changed last, in the statement that keeps who got it.
TAKE: Final = text("""
WITH taken AS (
  UPDATE reward_stock SET given = given + :many * least(:wanted, (stocked - given) / :many)
  WHERE reward_id = :reward AND given + :many <= stocked
  RETURNING (new.given - old.given) / :many AS sources
), allowed AS (
  SELECT CASE WHEN EXISTS (SELECT FROM reward_stock WHERE reward_id = :reward)
    THEN coalesce((SELECT sources FROM taken), 0) ELSE :wanted END AS sources
)
INSERT INTO reward_given
  (source_kind, source_id, reward_id, customer_id, day, many, cost_minor, money, given_at)
SELECT source_kind, source_id, :reward, customer_id, day, :many, :cost, :money, clock_timestamp()
FROM allowed, unnest(:kinds, :sources, :customers, :days)
  WITH ORDINALITY AS wanted (source_kind, source_id, customer_id, day, number)
WHERE number <= allowed.sources
RETURNING source_id
""").bindparams(
    bindparam("many", type_=BigInteger),
    bindparam("wanted", type_=BigInteger),
    bindparam("cost", type_=BigInteger),
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("sources", type_=ARRAY(Uuid)),
    bindparam("customers", type_=ARRAY(Uuid)),
    bindparam("days", type_=ARRAY(Date)),
)

RETURN: Final = text("""
UPDATE reward_given SET returned_at = clock_timestamp()
WHERE source_kind = :kind AND source_id = ANY(:sources) AND returned_at IS NULL
RETURNING reward_id, many
""").bindparams(bindparam("sources", type_=ARRAY(Uuid)))
PUT_BACK: Final = text("UPDATE reward_stock SET given = given - :many WHERE reward_id = :reward")


@dataclass(frozen=True, slots=True)
class Taking:
    """So many of a reward, to be kept for a customer or given to them for a source of its own."""

    reward: Reward
    customer_id: UUID
    day: date
    source_kind: str
    source_id: UUID
    many: int = 1

    @classmethod
    def of(cls, standing: Standing, source_kind: str, source_id: UUID, many: int = 1) -> "Taking":
        whose = standing.customer_id
        return cls(standing.reward, whose, standing.day, source_kind, source_id, many)


async def take_from_stock(
    session: AsyncSession, takings: Sequence[Taking]
) -> dict[UUID, RewardBarrier]:
    """Take each out of stock within its member's limits, or leave it; the sources of those refused.

    It comes last in a transaction: whoever else wants the same reward waits until its end.
    """
    refused = await _limit(session, takings)
    alike: dict[tuple[UUID, int], list[Taking]] = {}
    for each in takings:
        if each.source_id not in refused:
            alike.setdefault((each.reward.id, each.many), []).append(each)
    for reward_id, many in sorted(alike):
        wanted = alike[reward_id, many]
        taken = set((await session.execute(TAKE, _taken(many, wanted))).scalars())
        refused |= {
            each.source_id: RewardBarrier.OUT_OF_STOCK
            for each in wanted
            if each.source_id not in taken
        }
    return refused


async def put_back(session: AsyncSession, source_kind: str, source_ids: Iterable[UUID]) -> None:
    """What these sources were given is there for others, once."""
    values = {"kind": source_kind, "sources": sorted(source_ids)}
    returned: Counter[UUID] = Counter()
    for reward_id, many in await session.execute(RETURN, values):
        returned[reward_id] += many
    for reward_id in sorted(returned):
        await session.execute(PUT_BACK, {"reward": reward_id, "many": returned[reward_id]})


async def _limit(session: AsyncSession, takings: Iterable[Taking]) -> dict[UUID, RewardBarrier]:
    """Those who have had as many as they may: counted while nobody else gives them another."""
    limited = [each for each in takings if each.reward.is_limited_by_member]
    if not limited:
        return {}
    asked = [f"{each.reward.id}{each.customer_id}" for each in limited]
    await session.execute(HOLD_LIMITS, {"asked": asked})
    had: dict[tuple[UUID, UUID], list[int]] = {
        (row.reward_id, row.customer_id): [row.in_all, row.today]
        for row in await session.execute(HAD, _days(limited))
    }
    return dict(_over_limit(limited, had))


def _over_limit(
    limited: Iterable[Taking], had: dict[tuple[UUID, UUID], list[int]]
) -> Iterator[tuple[UUID, RewardBarrier]]:
    for each in limited:
        counted = had[each.reward.id, each.customer_id]
        reached = next(limits_reached(each.reward, counted[0], counted[1], each.many), None)
        if reached is not None:
            yield each.source_id, reached
        else:
            counted[0] += each.many
            counted[1] += each.many


def _days(limited: Sequence[Taking]) -> dict[str, Any]:
    days = {(each.reward.id, each.customer_id): each.day for each in limited}
    return {
        "rewards": [reward for reward, _ in days],
        "customers": [customer for _, customer in days],
        "days": list(days.values()),
    }


def _taken(many: int, wanted: Sequence[Taking]) -> dict[str, Any]:
    reward = wanted[0].reward
    return {
        "reward": reward.id,
        "many": many,
        "cost": many * reward.cost_minor,
        "money": reward.money,
        "wanted": len(wanted),
        "kinds": [each.source_kind for each in wanted],
        "sources": [each.source_id for each in wanted],
        "customers": [each.customer_id for each in wanted],
        "days": [each.day for each in wanted],
    }
