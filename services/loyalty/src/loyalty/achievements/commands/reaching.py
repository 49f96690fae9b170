"""Levels are reached, which gives points and rewards once, and lost, which takes them back."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, text

from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow, uuid7
from loyalty.accounts.commands import open_accounts
from loyalty.achievements.commands.rewarding import promise_rewards, take_back_rewards
from loyalty.achievements.events import AchievementLost, AchievementReached
from loyalty.achievements.models import Achievement, AchievementLevel
from loyalty.achievements.queries import Place
from loyalty.achievements.spans import Deserved
from loyalty.points.commands import post, take_back
from loyalty.points.models import NewPosting

Found = Mapping[Place, set[Deserved]]
Versions = Mapping[UUID, Achievement]

_ROWS = """jsonb_to_recordset(CAST(:rows AS jsonb)) AS new (id uuid, customer_id uuid, code text,
  level int, cycle text, achievement_id uuid, name text, points bigint, posting_id uuid)"""

REACH = text(f"""
INSERT INTO achievement_level AS known (id, created_at, customer_id, code, level, cycle,
  achievement_id, name, times, points, posting_id, reached_at)
SELECT id, :now, customer_id, code, level, cycle, achievement_id, name, 1, points, posting_id, :now
FROM {_ROWS} ORDER BY customer_id, code, level, cycle
ON CONFLICT (customer_id, code, level, cycle) DO UPDATE
  SET lost_at = NULL, reached_at = :now, times = known.times + 1, name = excluded.name,
      achievement_id = excluded.achievement_id, points = excluded.points,
      posting_id = excluded.posting_id
  WHERE known.lost_at IS NOT NULL
RETURNING known.*
""")  # noqa: S608  # nothing comes from outside

LOSE = text(f"""
UPDATE achievement_level AS known SET lost_at = :now FROM {_ROWS}
WHERE (known.customer_id, known.code, known.level, known.cycle, known.achievement_id)
    = (new.customer_id, new.code, new.level, new.cycle, new.achievement_id)
  AND known.lost_at IS NULL
RETURNING known.*
""")  # noqa: S608  # nothing comes from outside


async def reach(session: AsyncSession, versions: Versions, found: Found) -> list[AchievementLevel]:
    """Keep what was reached, post its points, and tell of it; what was reached before stays."""
    levels = await _write(session, REACH, versions, found)
    accounts = await open_accounts(session, {each.customer_id for each in levels})
    await post(
        session,
        [
            NewPosting(
                id=each.posting_id,
                account_id=accounts[each.customer_id],
                key=f"achievement:{each.id}:{each.times}",
                kind="grant",
                points=each.points,
                reason="achievement",
                source_kind="achievement",
                source_id=str(each.id),
            )
            for each in levels
            if each.posting_id is not None
        ],
    )
    await promise_rewards(session, levels, versions)
    for each in levels:
        version = versions[each.achievement_id]
        told = _told(each, version)
        record(session, AchievementReached(**told, badge=version.badge, reached_at=each.reached_at))
    return levels


async def lose(session: AsyncSession, versions: Versions, found: Found) -> list[AchievementLevel]:
    """What is deserved no longer gives its points back, also when they were spent.

    Of what else it gave, what nobody has used yet is taken back.
    """
    levels = await _write(session, LOSE, versions, found)
    accounts = await open_accounts(session, {each.customer_id for each in levels})
    await take_back(
        session,
        [
            NewPosting(
                account_id=accounts[each.customer_id],
                key=f"achievement:{each.id}:{each.times}:lost",
                kind="reverse",
                points=-each.points,
                reason="achievement lost",
                source_kind="achievement",
                source_id=str(each.id),
                reverses=each.posting_id,
            )
            for each in levels
            if each.posting_id is not None
        ],
    )
    await take_back_rewards(session, levels)
    for each in levels:
        told = _told(each, versions[each.achievement_id])
        record(session, AchievementLost(**told, lost_at=each.lost_at))
    return levels


async def _write(
    session: AsyncSession, statement: Any, versions: Versions, found: Found
) -> list[AchievementLevel]:
    rows = [*_rows(versions, found)]
    if not rows:
        return []
    written = select(AchievementLevel).from_statement(statement)
    values = {"rows": orjson.dumps(rows, default=str).decode(), "now": utcnow()}
    levels = await session.scalars(written, values, execution_options={"populate_existing": True})
    return sorted(levels.all(), key=lambda each: (each.customer_id, each.code, each.level))


def _rows(versions: Versions, found: Found) -> Iterator[dict[str, Any]]:
    for place, deserved in found.items():
        version = versions[place.achievement_id]
        for cycle, level in deserved:
            terms: dict[str, Any] = version.levels[level - 1]
            yield {
                "id": uuid7(),
                "customer_id": place.customer_id,
                "code": version.code,
                "level": level,
                "cycle": cycle,
                "achievement_id": version.id,
                "name": terms["name"],
                "points": terms["points"],
                "posting_id": uuid7() if terms["points"] else None,
            }


def _told(level: AchievementLevel, version: Achievement) -> dict[str, Any]:
    return {
        "reached_id": level.id,
        "customer_id": level.customer_id,
        "achievement_code": level.code,
        "achievement_name": version.name,
        "level": level.level,
        "level_name": level.name,
        "cycle": level.cycle,
        "times": level.times,
        "points": level.points,
    }
