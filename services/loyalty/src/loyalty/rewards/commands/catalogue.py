"""Defining rewards, changing them, publishing, ending and restocking them."""

from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput, NotFound
from kit.idempotency import answered_before, remember_answer
from kit.models import utcnow
from loyalty.currencies.queries import currency_by_code
from loyalty.rewards.models import MOST_STOCK, Reward, RewardState, RewardStock
from loyalty.rewards.terms import Terms
from loyalty.tiers.queries import require_tiers
from loyalty.voucher_types.models import VoucherTypeState
from loyalty.voucher_types.queries import types_by_code

RESTOCK = text("""
UPDATE reward_stock SET stocked = stocked + :more
WHERE reward_id = :reward AND stocked + :more BETWEEN given AND :most
RETURNING stocked - given
""")
log = get_logger(__name__)


async def define_reward(session: AsyncSession, terms: Terms, stock: int | None, by: str) -> Reward:
    """Write a draft; nobody may have it before it is published. None as `stock`: any number.

    Raises InvalidInput, and Conflict for a code that is taken.
    """
    columns = terms.columns()
    if stock is not None and not 0 <= stock <= MOST_STOCK:
        raise InvalidInput("stock", f"is between 0 and {MOST_STOCK}, or null for any number")
    await _require_known(session, terms)
    reward = Reward(**columns, defined_by=by)
    new = insert(Reward).values(reward.model_dump()).on_conflict_do_nothing()
    if (await session.execute(new.returning(col(Reward.id)))).first() is None:
        raise Conflict(f"There is a reward {terms.code} already.")
    if stock is not None:
        session.add(RewardStock(reward_id=reward.id, stocked=stock))
        await session.flush()
    return reward


async def change_reward(session: AsyncSession, reward: Reward, changes: dict[str, Any]) -> Reward:
    """Change the terms of a reward that is held; what was reserved or given keeps its own.

    Raises InvalidInput, and Conflict for one that has ended.
    """
    if reward.state == RewardState.ENDED:
        raise Conflict("The reward has ended; define another.")
    terms = replace(Terms.of(reward), **changes)
    columns = terms.columns()
    await _require_known(session, terms)
    for name, value in columns.items():
        setattr(reward, name, value)
    session.add(reward)
    await session.flush()
    log.info("reward_changed", code=reward.code, changed=sorted(changes))
    return reward


async def publish_reward(session: AsyncSession, reward: Reward) -> Reward:
    """Members may have what is held from now on, or from its time on; again changes nothing."""
    if reward.state == RewardState.LIVE:
        return reward
    if reward.is_over(utcnow()):
        raise Conflict("Its time is over; change it or define another.")
    if reward.voucher_type is not None:
        (named,) = (await types_by_code(session, [reward.voucher_type])).values()
        if named.state != VoucherTypeState.LIVE:
            raise Conflict(f"Its voucher type {named.code} is not live: have it activated first.")
    reward.state, reward.published_at = RewardState.LIVE, utcnow()
    session.add(reward)
    await session.flush()
    log.info("reward_published", code=reward.code)
    return reward


async def end_reward(session: AsyncSession, reward: Reward) -> Reward:
    """Nobody gets what is held any more; what is reserved may still be confirmed."""
    if reward.state == RewardState.DRAFT:
        raise Conflict("It is not published.")
    if reward.state == RewardState.LIVE:
        reward.state, reward.ended_at = RewardState.ENDED, utcnow()
        session.add(reward)
        await session.flush()
        log.info("reward_ended", code=reward.code)
    return reward


async def restock_reward(
    session: AsyncSession, reward: Reward, more: int, key: str, by: str
) -> int:
    """Add to the stock, or take from what is left below zero; once per key. How many are left then.

    Raises InvalidInput, Conflict for fewer than were given out, and IdempotencyKeyReused.
    """
    if not 0 < abs(more) <= MOST_STOCK:
        raise InvalidInput("more", f"is not 0, and at most {MOST_STOCK} up or down")
    asked = {"code": reward.code, "more": more}
    if answer := await answered_before(session, f"restock_reward:{by}", key, asked):
        return int(answer["left"])
    values = {"reward": reward.id, "more": more, "most": MOST_STOCK}
    restocked = (await session.execute(RESTOCK, values)).first()
    if restocked is None:
        raise await _not_restocked(session, reward, more)
    left = int(restocked[0])
    await remember_answer(session, f"restock_reward:{by}", key, {"left": left})
    log.info("reward_restocked", code=reward.code, more=more, left=left)
    return left


async def _not_restocked(session: AsyncSession, reward: Reward, more: int) -> Conflict:
    stock = await session.get(RewardStock, reward.id)
    if stock is None:
        return Conflict("It never runs out: it has no stock.")
    left = stock.stocked - stock.given
    if more < 0:
        return Conflict(f"{left:,} are left: {-more:,} can't be taken away.")
    return Conflict(f"It has {stock.stocked:,}, and no reward has more than {MOST_STOCK:,}.")


async def _require_known(session: AsyncSession, terms: Terms) -> None:
    """What the terms name is there: the currency, and it can be spent; tier and voucher type."""
    try:
        currency = await currency_by_code(session, terms.currency)
    except NotFound as unknown:
        raise InvalidInput("currency", "is a code of currencies") from unknown
    if not currency.spendable:
        raise InvalidInput("currency", "only counts: it can't be spent")
    if terms.lowest_tier is not None:
        await require_tiers(session, "lowestTier", [terms.lowest_tier])
    if terms.voucher_type is not None:
        named = (await types_by_code(session, [terms.voucher_type])).get(terms.voucher_type)
        if named is None or not named.may_be_issued_in(terms.unit):
            raise InvalidInput(
                "voucherType", f"is the code of a UNIQUE voucher type for {terms.unit}"
            )
