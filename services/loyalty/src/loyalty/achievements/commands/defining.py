"""Achievements are drafted, activated by somebody else, and retired."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import col, func, select
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, NotFound
from kit.models import utcnow, uuid7
from loyalty.achievements.commands.promising import require_rewards
from loyalty.achievements.errors import OwnAchievement
from loyalty.achievements.models import (
    MOST_ACTIVE,
    WITH_HISTORY,
    Achievement,
    AchievementState,
    History,
)
from loyalty.achievements.queries import versions_of
from loyalty.tiers.queries import require_tiers_asked

log = get_logger(__name__)

# Deeds are counted with the shared lock: who waits for it has waited for all that count without
# the version that becomes active.
ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('achievements', 0))")
TOGETHER = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('achievements', 0))")


async def draft_achievement(session: AsyncSession, terms: dict[str, Any], by: str) -> Achievement:
    """Write the next version; a draft that is there already is written anew.

    Raises Conflict for a code of another unit, InvalidInput for a reward or a tier that is not there.
    """
    await require_rewards(session, terms)
    await require_tiers_asked(session, terms["condition"])
    await session.execute(ALONE)
    versions = await versions_of(session, terms["code"])
    if any(each.unit != terms["unit"] for each in versions):
        raise Conflict("An achievement of this code belongs to another unit.")
    draft = next((each for each in versions if each.state == AchievementState.DRAFT), None)
    newest = max((each.version for each in versions), default=0)
    version = draft.version if draft else newest + 1
    wanted = Achievement(**terms, id=uuid7(), version=version, drafted_by=by)
    if draft is not None:
        await session.delete(draft)
        await session.flush()
    session.add(wanted)
    await session.flush()
    return wanted


async def activate_achievement(
    session: AsyncSession, code: str, with_history: bool, by: str
) -> Achievement:
    """Let a draft count from now on; the version before ends, what was reached by it stays.

    With its history, what is remembered of the time before counts too, in the background.
    Raises NotFound, OwnAchievement, and Conflict.
    """
    await session.execute(ALONE)
    versions = await versions_of(session, code)
    draft = next((each for each in versions if each.state == AchievementState.DRAFT), None)
    if draft is None:
        raise NotFound("draft of the achievement", code)
    if draft.drafted_by == by:
        raise OwnAchievement
    if with_history and draft.measure not in WITH_HISTORY:
        raise Conflict(f"Of {draft.measure} nothing is remembered: count from now on.")
    await _require_room(session, code)
    now = utcnow()
    for each in versions:
        if each.state == AchievementState.ACTIVE:
            await _end(session, each, now)
    draft.state = AchievementState.ACTIVE
    draft.valid_from = now
    draft.history = History.COUNTING if with_history else History.LEFT_OUT
    draft.activated_by = by
    draft.activated_at = now
    session.add(draft)
    await session.flush()
    log.info("achievement_activated", code=code, version=draft.version, history=with_history)
    return draft


async def retire_achievement(session: AsyncSession, code: str) -> Achievement:
    """Nothing counts for it from now on; what was reached stays."""
    await session.execute(ALONE)
    for each in await versions_of(session, code):
        if each.state == AchievementState.ACTIVE:
            await _end(session, each, utcnow())
            log.info("achievement_retired", code=code, version=each.version)
            return each
    raise NotFound("active achievement", code)


async def _require_room(session: AsyncSession, code: str) -> None:
    others = select(func.count()).where(
        col(Achievement.state) == AchievementState.ACTIVE, col(Achievement.code) != code
    )
    if (await session.exec(others)).one() >= MOST_ACTIVE:
        raise Conflict(f"{MOST_ACTIVE} achievements are active; retire one.")


async def _end(session: AsyncSession, version: Achievement, at: datetime) -> None:
    """A history that is still being counted ends with its version."""
    version.state = AchievementState.RETIRED
    version.valid_until = at
    if version.history == History.COUNTING:
        version.history = History.COUNTED
    session.add(version)
    await session.flush()
