"""What levels give besides points: given once each in the background, taken back with the level."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select
from structlog import get_logger

from kit.bulk import insert_rows
from kit.database import AsyncSession
from kit.errors import Conflict
from kit.events import record
from kit.merging.following import stay
from kit.models import utcnow, uuid7
from kit.schedules import MORE
from loyalty.accounts.commands import hold_accounts
from loyalty.achievements.commands.handing import GIVING, TAKING_BACK, Refused
from loyalty.achievements.events import AchievementRewarded, AchievementRewardWithheld
from loyalty.achievements.models import (
    Achievement,
    AchievementLevel,
    AchievementReward,
    LevelRewardState,
)
from loyalty.entity import table_of

log = get_logger(__name__)
AT_ONCE: Final = 50


async def promise_rewards(
    session: AsyncSession, levels: Sequence[AchievementLevel], versions: Mapping[UUID, Achievement]
) -> None:
    """Keep what these levels give, to be given soon; what stayed with a member is not given anew."""
    promised = [
        (level, number, terms)
        for level in levels
        for number, terms in enumerate(_terms(level, versions[level.achievement_id]))
    ]
    if not promised:
        return
    kept = await _kept(session, {level.id for level, _, _ in promised})
    rows = [
        {
            "id": uuid7(),
            "created_at": utcnow(),
            "customer_id": level.customer_id,
            "achievement_id": level.achievement_id,
            "level_id": level.id,
            "times": level.times,
            "number": number,
            "state": LevelRewardState.WAITING,
            "reason": "",
            **terms,
        }
        for level, number, terms in promised
        if (level.id, number) not in kept
    ]
    await insert_rows(session, table_of(AchievementReward), rows)


def _terms(level: AchievementLevel, version: Achievement) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = version.levels[level.level - 1].get("rewards", [])
    return given


async def _kept(session: AsyncSession, levels: Iterable[UUID]) -> set[tuple[UUID, int]]:
    rows = await session.exec(
        select(AchievementReward.level_id, AchievementReward.number).where(
            col(AchievementReward.level_id).in_(set(levels)),
            AchievementReward.state == LevelRewardState.GIVEN,
        )
    )
    return {(level, number) for level, number in rows}


async def give_rewards(session: AsyncSession) -> object:
    """Give what waits to be given, or keep why it can't be; some members' at once.

    Members are held first: whoever takes a level from them holds them before its rewards.
    """
    await stay(session)
    due = select(AchievementReward.customer_id).where(
        AchievementReward.state == LevelRewardState.WAITING
    )
    members = set(
        (await session.exec(due.order_by(col(AchievementReward.id)).limit(AT_ONCE))).all()
    )
    if not members:
        return None
    await hold_accounts(session, members)
    rewards = await _waiting(session, members)
    refused: Refused = {}
    for kind, give in GIVING.items():
        if some := [each for each in rewards if each.kind == kind]:
            refused |= await give(session, some)
    for each in rewards:
        _settle(session, each, refused.get(each.id))
    await session.flush()
    return MORE


async def _waiting(session: AsyncSession, members: Iterable[UUID]) -> Sequence[AchievementReward]:
    rows = await session.exec(
        select(AchievementReward)
        .where(
            col(AchievementReward.customer_id).in_(members),
            AchievementReward.state == LevelRewardState.WAITING,
        )
        .order_by(col(AchievementReward.id))
        .limit(AT_ONCE)
        .with_for_update()
    )
    return rows.all()


def _settle(session: AsyncSession, reward: AchievementReward, refused: str | None) -> None:
    reward.state = LevelRewardState.GIVEN if refused is None else LevelRewardState.REFUSED
    reward.reason, reward.settled_at = refused or "", utcnow()
    session.add(reward)
    told = {
        "reward_id": reward.id,
        "customer_id": reward.customer_id,
        "level_id": reward.level_id,
        "kind": reward.kind,
        "reference": reward.reference,
        "many": reward.many,
    }
    if refused is None:
        record(session, AchievementRewarded(**told))
    else:
        record(session, AchievementRewardWithheld(**told, reason=refused))
        log.info("achievement_reward_withheld", kind=reward.kind, reference=reward.reference)


async def take_back_rewards(session: AsyncSession, levels: Sequence[AchievementLevel]) -> None:
    """Lost levels give nothing more, and take back what nobody has used; the rest stays given.

    The caller holds the members' accounts.
    """
    rows = await session.exec(
        select(AchievementReward)
        .where(
            col(AchievementReward.level_id).in_([each.id for each in levels]),
            col(AchievementReward.state) != LevelRewardState.TAKEN_BACK,
        )
        .order_by(col(AchievementReward.id))
        .with_for_update()
    )
    rewards = rows.all()
    back = {each.id for each in rewards if each.state != LevelRewardState.GIVEN}
    given = [each for each in rewards if each.state == LevelRewardState.GIVEN]
    by_kind = {
        kind: [each for each in given if each.kind == kind] for kind in {e.kind for e in given}
    }
    for kind, some in sorted(by_kind.items()):
        back |= await TAKING_BACK[kind](session, some)
    _mark(session, [each for each in rewards if each.id in back], utcnow())
    await session.flush()


def _mark(session: AsyncSession, rewards: Iterable[AchievementReward], at: datetime) -> None:
    for each in rewards:
        each.state, each.settled_at = LevelRewardState.TAKEN_BACK, at
        session.add(each)


async def retry_reward(session: AsyncSession, reward: AchievementReward, by: str) -> None:
    """Have one that was refused tried again; Conflict for any other."""
    await session.refresh(reward, with_for_update=True)
    if reward.state != LevelRewardState.REFUSED:
        raise Conflict(f"It is {reward.state.replace('_', ' ')}; what was refused can be retried.")
    reward.state, reward.reason, reward.settled_at = LevelRewardState.WAITING, "", None
    session.add(reward)
    await session.flush()
    log.info("achievement_reward_retried", reward_id=str(reward.id), by=by)
