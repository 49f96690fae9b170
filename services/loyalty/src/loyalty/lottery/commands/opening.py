"""Drafting a lottery, opening it, changing its prizes, and closing it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput
from kit.models import utcnow
from loyalty.currencies.queries import currencies
from loyalty.drafted import to_change, to_draft
from loyalty.lottery.commands.epochs import begin_epoch, put_in_force, reveal
from loyalty.lottery.errors import OwnLottery
from loyalty.lottery.models import Lottery, LotteryState, PrizeKind
from loyalty.lottery.models.terms import Terms
from loyalty.lottery.queries import open_epochs
from loyalty.rewards.queries import rewards_by_code, seen_in
from loyalty.tiers.queries import require_tiers
from loyalty.voucher_types.queries import types_by_code

log = get_logger(__name__)


async def draft_lottery(session: AsyncSession, terms: Terms, by: str) -> Lottery:
    """Write a lottery down, anew if it is a draft; of an open one, the next epoch's prizes.

    Raises InvalidInput, and Conflict for a closed one, or when more than the prizes of an open one
    would change.
    """
    await _require_what_is_won(session, terms.prizes, terms.unit)
    await require_tiers(session, "tiers", terms.tiers)
    lottery = await to_draft(session, Lottery, terms.code)
    if terms.ends_at <= utcnow():
        raise InvalidInput("endsAt", "is still to come")
    asked = asdict(terms)
    if lottery is None:
        lottery = Lottery(**asked, drafted_by=by)
    elif lottery.state == LotteryState.DRAFT:
        lottery.sqlmodel_update({**asked, "drafted_by": by})
    else:
        _change_prizes(lottery, asked, by)
    session.add(lottery)
    await session.flush()
    return lottery


def _change_prizes(lottery: Lottery, asked: Mapping[str, Any], by: str) -> None:
    if lottery.state == LotteryState.CLOSED:
        raise Conflict(f"The lottery {lottery.code} is closed; take another code.")
    other = [name for name in asked if name != "prizes" and getattr(lottery, name) != asked[name]]
    if other:
        raise Conflict("Of an open lottery the prizes alone change, from the next epoch on.")
    lottery.next_prizes = asked["prizes"]
    lottery.next_drafted_by, lottery.next_approved_by = by, None


async def _require_what_is_won(
    session: AsyncSession, prizes: Sequence[Mapping[str, Any]], unit: str
) -> None:
    money = {each.code for each in await currencies(session) if each.kind == "money"}
    if _named(prizes, PrizeKind.MONEY, "currency") - money:
        raise InvalidInput("prizes", "of money name a wallet currency of money")
    rewards = _named(prizes, PrizeKind.REWARD, "item")
    vouchers = _named(prizes, PrizeKind.VOUCHER, "item")
    missing = rewards - (await rewards_by_code(session, rewards, seen_in(unit))).keys()
    missing |= vouchers - (await types_by_code(session, vouchers)).keys()
    if missing:
        raise InvalidInput("prizes", f"name items there are none of: {', '.join(sorted(missing))}")


def _named(prizes: Sequence[Mapping[str, Any]], kind: str, name: str) -> set[str]:
    return {each[name] for each in prizes if each["kind"] == kind}


async def open_lottery(session: AsyncSession, code: str, by: str) -> Lottery:
    """Let members draw from now on; or approve what was drafted for the next epoch.

    Raises NotFound, OwnLottery, and Conflict when there is nothing to open or its time is over.
    """
    lottery = await to_change(session, Lottery, code)
    now = utcnow()
    if lottery.state == LotteryState.OPEN and lottery.next_prizes is not None:
        if lottery.next_drafted_by == by:
            raise OwnLottery
        lottery.next_approved_by = by
        session.add(lottery)
        await session.flush()
        log.info("lottery_prizes_approved", code=code)
        return lottery
    if lottery.state != LotteryState.DRAFT:
        raise Conflict(f"The lottery {code} is {lottery.state}.")
    if lottery.drafted_by == by:
        raise OwnLottery
    if lottery.ends_at <= now:
        raise Conflict("Its time is over; draft it anew.")
    lottery.state, lottery.opened_by, lottery.opened_at = LotteryState.OPEN, by, now
    session.add(lottery)
    await session.flush()
    await put_in_force(session, lottery)
    await begin_epoch(session, lottery, now)
    log.info("lottery_opened", code=code)
    return lottery


async def close_lottery(session: AsyncSession, code: str) -> Lottery:
    """Let nobody draw any more; the seed of its last epoch is told at once.

    Raises NotFound, and Conflict when it is not open.
    """
    lottery = await to_change(session, Lottery, code)
    if lottery.state != LotteryState.OPEN:
        raise Conflict(f"The lottery {code} is {lottery.state}.")
    now = utcnow()
    lottery.state, lottery.closed_at = LotteryState.CLOSED, now
    session.add(lottery)
    await reveal(session, lottery, (await open_epochs(session, [lottery.id]))[lottery.id], now)
    log.info("lottery_closed", code=code)
    return lottery
