"""How each kind of reward is handed over, and taken back while nobody has used it."""

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import delete
from sqlmodel import col

from kit.bulk import insert_rows
from kit.database import AsyncSession
from kit.models import utcnow, uuid7
from loyalty.achievements.models import SOURCE, AchievementReward, LevelRewardKind
from loyalty.drafted import known_as
from loyalty.entity import table_of
from loyalty.lottery.models import Lottery, LotteryChance, LotteryState
from loyalty.rewards.commands import hand_out
from loyalty.rewards.commands.withdrawing import withdraw_here
from loyalty.rewards.models import HandOut
from loyalty.vouchers.commands import NewVoucher, issue_vouchers, withdraw_vouchers

Refused = dict[UUID, str]
"""Why something was not given, by reward; what is not in it was."""


async def _hand_out(session: AsyncSession, rewards: Sequence[AchievementReward]) -> Refused:
    wanted = [HandOut(each.reference, each.customer_id, SOURCE, each.id) for each in rewards]
    return {
        each.source_id: each.reason or each.outcome.replace("_", " ")
        for each in await hand_out(session, wanted)
        if each.outcome != "given"
    }


async def _issue(session: AsyncSession, rewards: Sequence[AchievementReward]) -> Refused:
    wanted = [NewVoucher(each.reference, each.customer_id, SOURCE, each.id) for each in rewards]
    return {
        each.source_id: f"its voucher is {(each.refused or 'missing').replace('_', ' ')}"
        for each in await issue_vouchers(session, wanted)
        if each.code is None
    }


async def _grant(session: AsyncSession, rewards: Sequence[AchievementReward]) -> Refused:
    refused: Refused = {}
    for each in rewards:
        lottery = await known_as(session, Lottery, each.reference)
        if lottery is None or lottery.state == LotteryState.CLOSED:
            refused[each.id] = "the lottery is closed" if lottery else "there is no such lottery"
        else:
            rows = [_chance(each, lottery.id, number) for number in range(each.many)]
            await insert_rows(session, table_of(LotteryChance), rows)
    return refused


def _chance(reward: AchievementReward, lottery_id: UUID, number: int) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "created_at": utcnow(),
        "lottery_id": lottery_id,
        "customer_id": reward.customer_id,
        "reason": "achievement",
        "granted_by": SOURCE,
        "source_kind": SOURCE,
        "source_id": _chance_id(reward, number),
    }


def _chance_id(reward: AchievementReward, number: int) -> UUID:
    return uuid5(reward.id, str(number))


GIVING: Final[dict[str, Callable[..., Any]]] = {
    LevelRewardKind.LOTTERY: _grant,
    LevelRewardKind.VOUCHER: _issue,
    LevelRewardKind.REWARD: _hand_out,
}
"""Stock comes last: whoever else wants the same reward waits until the end."""


async def _withdraw_here(session: AsyncSession, rewards: Sequence[AchievementReward]) -> set[UUID]:
    return await withdraw_here(session, SOURCE, [each.id for each in rewards])


async def _withdraw(session: AsyncSession, rewards: Sequence[AchievementReward]) -> set[UUID]:
    return await withdraw_vouchers(session, SOURCE, [each.id for each in rewards])


async def _revoke(session: AsyncSession, rewards: Sequence[AchievementReward]) -> set[UUID]:
    """Chances that nobody has used; with one that was, the reward has stayed with the member."""
    chances = {_chance_id(each, n): each.id for each in rewards for n in range(each.many)}
    unused = delete(LotteryChance).where(
        col(LotteryChance.source_kind) == SOURCE,
        col(LotteryChance.source_id).in_(chances),
        col(LotteryChance.used_at).is_(None),
    )
    gone = await session.execute(unused.returning(col(LotteryChance.source_id)))
    used = chances.keys() - set(gone.scalars())
    return set(chances.values()) - {chances[each] for each in used}


TAKING_BACK: Final[dict[str, Callable[..., Any]]] = {
    LevelRewardKind.LOTTERY: _revoke,
    LevelRewardKind.VOUCHER: _withdraw,
    LevelRewardKind.REWARD: _withdraw_here,
}
