"""Keeping draws: the chain, what is left of the prizes, what the winners get, and telling of it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from prometheus_client import Counter
from sqlalchemy import text

from kit.bulk import insert_rows
from kit.database import AsyncSession
from kit.errors import Conflict
from kit.events import record
from loyalty.admission.queries import Participant
from loyalty.entity import table_of
from loyalty.lottery.commands.rounds import Round
from loyalty.lottery.events import LotteryDrawn
from loyalty.lottery.models import LotteryDraw, PrizeKind
from loyalty.points.commands import post
from loyalty.points.models import NewPosting
from loyalty.points.queries import costs

TAKE = text("""
UPDATE lottery_prize SET left_over = left_over - times, given = given + times,
  today = today + times
FROM jsonb_to_recordset(CAST(:taken AS jsonb)) AS taken (lottery uuid, prize text, times bigint)
WHERE lottery_id = lottery AND code = prize
""")
draws = Counter("loyalty_draws_total", "Draws from lotteries.", ["outcome"])
PAID = (PrizeKind.POINTS, PrizeKind.MONEY)


async def keep_draws(
    session: AsyncSession,
    made: Sequence[tuple[Round, LotteryDraw]],
    members: Mapping[UUID, Participant],
) -> None:
    """Whatever follows from these draws, or nothing of it."""
    if not made:
        return
    rounds = {held.lottery.id: held for held, _ in made}
    prices = await costs(session, {_prize(*each)["currency"] for each in made})
    for held, drawn in made:
        prize = _prize(held, drawn)
        if prize["kind"] in PAID:
            minor, drawn.cost_currency = prices[prize["currency"]]
            drawn.cost_minor = prize["amount"] * minor
    for held in rounds.values():
        session.add(held.epoch)
        session.add_all(each for chances in held.free.values() for each in chances)
    await session.flush()
    rows = [drawn.model_dump() for _, drawn in made]
    await insert_rows(session, table_of(LotteryDraw), rows)
    await _take(session, rounds)
    await _pay(session, made, members)
    for held, drawn in made:
        draws.labels("won" if drawn.is_win else "blank").inc()
        record(session, _told(held, drawn))


def _prize(held: Round, drawn: LotteryDraw) -> Mapping[str, Any]:
    return held.pool.by_code[drawn.prize_code]


async def _take(session: AsyncSession, rounds: Mapping[UUID, Round]) -> None:
    """What was given is no longer there."""
    taken = [
        {"lottery": str(lottery), "prize": code, "times": times}
        for lottery, held in rounds.items()
        for code, times in held.given.items()
    ]
    await session.execute(TAKE, {"taken": orjson.dumps(taken).decode()})
    for held in rounds.values():
        held.given.clear()


async def _pay(
    session: AsyncSession,
    made: Sequence[tuple[Round, LotteryDraw]],
    members: Mapping[UUID, Participant],
) -> None:
    postings = [
        NewPosting(
            account_id=members[drawn.customer_id].account_id,
            key=f"prize:{drawn.id}",
            kind="grant",
            points=prize["amount"],
            reason="prize",
            source_kind="lottery",
            source_id=str(drawn.lottery_id),
            currency=prize["currency"],
            occurred_at=drawn.drawn_at,
        )
        for held, drawn in made
        if (prize := _prize(held, drawn))["kind"] in PAID
    ]
    for posted in await post(session, postings):
        if posted.outcome != "posted":
            raise Conflict(f"A prize could not be credited: {posted.outcome}.")


def _told(held: Round, drawn: LotteryDraw) -> LotteryDrawn:
    prize = _prize(held, drawn)
    return LotteryDrawn(
        draw_id=drawn.id,
        lottery_id=drawn.lottery_id,
        code=held.lottery.code,
        customer_id=drawn.customer_id,
        epoch=held.epoch.number if held.epoch else 0,
        number=drawn.number,
        outcome="won" if drawn.is_win else "blank",
        prize_code=drawn.prize_code,
        prize_kind=prize["kind"],
        amount=prize["amount"],
        currency=prize["currency"],
        cost_minor=drawn.cost_minor,
        cost_currency=drawn.cost_currency,
        source_kind=drawn.source_kind,
        source_id=drawn.source_id,
        link=drawn.link,
    )
