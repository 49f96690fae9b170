"""How achievements, what members have done for them, and what they reached are looked up."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, page
from kit.units import below
from loyalty.accounts.models import PointsAccount
from loyalty.achievements.models import (
    Achievement,
    AchievementLevel,
    AchievementReward,
    AchievementState,
    History,
    LevelRewardState,
)
from loyalty.achievements.spans import Stretch

LEVELS_SHOWN = 20

TALLIES = text("""
SELECT customer_id, achievement_id, period, sum(amount)::bigint AS amount
FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS asked (
  customer_id uuid, achievement_id uuid, low int, high int)
JOIN achievement_tally USING (customer_id, achievement_id)
WHERE period BETWEEN low AND high
GROUP BY customer_id, achievement_id, period
""")

NEWEST_LEVELS = text("""
SELECT level.* FROM unnest(CAST(:customers AS uuid[])) AS customer
CROSS JOIN LATERAL (
  SELECT DISTINCT code FROM achievement_level WHERE customer_id = customer) AS codes
CROSS JOIN LATERAL (
  SELECT * FROM achievement_level
  WHERE customer_id = customer AND code = codes.code
  ORDER BY reached_at DESC, level DESC LIMIT :most) AS level
""")


class Place(NamedTuple):
    """One member's way to one achievement."""

    customer_id: UUID
    achievement_id: UUID


async def counting_between(
    session: AsyncSession, since: datetime, until: datetime
) -> Sequence[Achievement]:
    """The versions that something done from `since` to `until` may count for."""
    rows = await session.exec(
        select(Achievement).where(
            Achievement.state != AchievementState.DRAFT,
            (col(Achievement.history) != History.LEFT_OUT) | (col(Achievement.valid_from) <= until),
            col(Achievement.valid_until).is_(None) | (col(Achievement.valid_until) > since),
        )
    )
    return rows.all()


async def active_achievements(session: AsyncSession) -> Sequence[Achievement]:
    """Those that can be reached now, by code."""
    rows = await session.exec(
        select(Achievement)
        .where(Achievement.state == AchievementState.ACTIVE)
        .order_by(Achievement.code)
    )
    return rows.all()


async def achievements_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Achievement]:
    rows = await session.exec(select(Achievement).where(col(Achievement.id).in_(set(ids))))
    return {each.id: each for each in rows}


async def versions_of(session: AsyncSession, code: str) -> Sequence[Achievement]:
    """All versions of an achievement, locked, the newest first."""
    rows = await session.exec(
        select(Achievement)
        .where(Achievement.code == code)
        .order_by(col(Achievement.version).desc())
        .with_for_update()
    )
    return rows.all()


async def achievements(
    session: AsyncSession,
    unit: str,
    code: str | None,
    state: AchievementState | None,
    first: int,
    after: str | None,
) -> Page[Achievement]:
    """Those of a unit's subtree, the newest version first."""
    wanted = select(Achievement).where(below(Achievement.unit, unit))
    if code is not None:
        wanted = wanted.where(Achievement.code == code)
    if state is not None:
        wanted = wanted.where(Achievement.state == state)
    return await page(session, wanted, [Achievement.id], first=first, after=after)


async def tallies_of(
    session: AsyncSession, asked: Iterable[tuple[Place, Stretch]]
) -> dict[Place, dict[int, int]]:
    """What each member has done in these periods, by period; what is empty is left out."""
    rows = [
        {
            "customer_id": place.customer_id,
            "achievement_id": place.achievement_id,
            "low": stretch.low,
            "high": stretch.high,
        }
        for place, stretch in asked
    ]
    found: dict[Place, dict[int, int]] = defaultdict(dict)
    document = orjson.dumps(rows, default=str).decode()
    for row in await session.execute(TALLIES, {"asked": document}):
        found[Place(row.customer_id, row.achievement_id)][row.period] = row.amount
    return found


async def levels_of(
    session: AsyncSession, customers: Collection[UUID]
) -> dict[UUID, list[AchievementLevel]]:
    """What each customer has reached, of each code the newest, newest first."""
    statement = select(AchievementLevel).from_statement(NEWEST_LEVELS)
    rows = await session.scalars(statement, {"customers": list(customers), "most": LEVELS_SHOWN})
    found: dict[UUID, list[AchievementLevel]] = {each: [] for each in customers}
    for row in rows:
        found[row.customer_id].append(row)
    return found


async def rewards_of(
    session: AsyncSession, levels: Collection[UUID]
) -> dict[UUID, list[AchievementReward]]:
    """What each level gives besides points, in the order in which it was promised."""
    rows = await session.exec(
        select(AchievementReward)
        .where(col(AchievementReward.level_id).in_(levels))
        .order_by(col(AchievementReward.id))
    )
    found: dict[UUID, list[AchievementReward]] = {each: [] for each in levels}
    for row in rows:
        found[row.level_id].append(row)
    return found


async def refused_rewards(
    session: AsyncSession, unit: str, first: int, after: str | None
) -> Page[AchievementReward]:
    """What could not be given to members of a unit's subtree, newest first."""
    wanted = (
        select(AchievementReward)
        .join(PointsAccount, col(PointsAccount.customer_id) == AchievementReward.customer_id)
        .where(AchievementReward.state == LevelRewardState.REFUSED)
        .where(below(col(PointsAccount.unit), unit))
    )
    return await page(session, wanted, [AchievementReward.id], first=first, after=after)
