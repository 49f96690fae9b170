"""How lotteries, their epochs and draws are looked up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, text, tuple_
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.paging import Page, page
from loyalty.lottery.models import (
    Lottery,
    LotteryChance,
    LotteryDraw,
    LotteryEpoch,
    LotteryPrize,
    LotteryState,
)

COUNTS = text("""
SELECT lottery_id, customer_id, count(*) AS draws_in_all,
  count(*) FILTER (WHERE epoch_id = ANY(:epochs)) AS draws_today,
  count(*) FILTER (WHERE is_win) AS wins
FROM lottery_draw WHERE lottery_id = ANY(:lotteries) AND customer_id = ANY(:customers)
GROUP BY lottery_id, customer_id
""").bindparams(
    *(bindparam(name, type_=ARRAY(Uuid)) for name in ("epochs", "lotteries", "customers"))
)
NONCES = text("""
SELECT epoch_id, pseudonym, max(nonce) AS nonce FROM lottery_draw
WHERE epoch_id = ANY(:epochs) AND pseudonym = ANY(:pseudonyms) GROUP BY epoch_id, pseudonym
""").bindparams(bindparam("epochs", type_=ARRAY(Uuid)))


class Count(NamedTuple):
    """How often a customer has drawn and won."""

    draws_in_all: int = 0
    draws_today: int = 0
    wins: int = 0


async def lotteries_to_turn(session: AsyncSession, now: datetime, most: int) -> Sequence[Lottery]:
    """Those whose epoch is over, held."""
    rows = await session.exec(
        select(Lottery)
        .join(LotteryEpoch, col(LotteryEpoch.lottery_id) == Lottery.id)
        .where(
            Lottery.state == LotteryState.OPEN,
            col(LotteryEpoch.closed_at).is_(None),
            LotteryEpoch.ends_at <= now,
        )
        .order_by(col(Lottery.id))
        .limit(most)
        .with_for_update(of=Lottery, key_share=True, skip_locked=True)
    )
    return rows.all()


async def open_epochs(session: AsyncSession, lotteries: Iterable[UUID]) -> dict[UUID, LotteryEpoch]:
    """The epoch that each lottery is in."""
    rows = await session.exec(
        select(LotteryEpoch)
        .where(
            col(LotteryEpoch.lottery_id).in_(set(lotteries)), col(LotteryEpoch.closed_at).is_(None)
        )
        .execution_options(populate_existing=True)
    )
    return {row.lottery_id: row for row in rows}


async def stocks(
    session: AsyncSession, lotteries: Iterable[UUID]
) -> dict[UUID, dict[str, LotteryPrize]]:
    """What is left of each lottery's prizes, by code."""
    rows = await session.exec(
        select(LotteryPrize)
        .where(col(LotteryPrize.lottery_id).in_(set(lotteries)))
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, dict[str, LotteryPrize]] = {each: {} for each in lotteries}
    for row in rows:
        found[row.lottery_id][row.code] = row
    return found


async def draws_by_source(
    session: AsyncSession, sources: Iterable[tuple[str, UUID]]
) -> dict[tuple[str, UUID], LotteryDraw]:
    by = tuple_(col(LotteryDraw.source_kind), col(LotteryDraw.source_id))
    rows = await session.exec(select(LotteryDraw).where(by.in_(set(sources))))
    return {(row.source_kind, row.source_id): row for row in rows}


async def counts_of(
    session: AsyncSession,
    lotteries: Iterable[UUID],
    epochs: Iterable[UUID],
    customers: Iterable[UUID],
) -> dict[tuple[UUID, UUID], Count]:
    """By lottery and customer; who has never drawn is left out."""
    asked = {
        "lotteries": list(set(lotteries)),
        "epochs": list(set(epochs)),
        "customers": list(set(customers)),
    }
    rows = await session.execute(COUNTS, asked)
    return {
        (row.lottery_id, row.customer_id): Count(row.draws_in_all, row.draws_today, row.wins)
        for row in rows
    }


async def nonces_of(
    session: AsyncSession, epochs: Iterable[UUID], pseudonyms: Iterable[str]
) -> dict[tuple[UUID, str], int]:
    """How many draws these have made in these epochs."""
    asked = {"epochs": list(set(epochs)), "pseudonyms": list(set(pseudonyms))}
    rows = await session.execute(NONCES, asked)
    return {(row.epoch_id, row.pseudonym): row.nonce for row in rows}


async def chances_of(
    session: AsyncSession, lotteries: Iterable[UUID], customers: Iterable[UUID]
) -> list[LotteryChance]:
    """What may be drawn for nothing, the oldest first."""
    rows = await session.exec(
        select(LotteryChance)
        .where(
            col(LotteryChance.lottery_id).in_(set(lotteries)),
            col(LotteryChance.customer_id).in_(set(customers)),
            col(LotteryChance.used_at).is_(None),
        )
        .order_by(col(LotteryChance.id))
    )
    return list(rows.all())


async def chances_left(session: AsyncSession, lottery_id: UUID, customer_id: UUID) -> int:
    """How often a customer may draw for nothing."""
    counted = select(func.count()).where(
        LotteryChance.lottery_id == lottery_id,
        LotteryChance.customer_id == customer_id,
        col(LotteryChance.used_at).is_(None),
    )
    return (await session.exec(counted)).one()


async def epoch_of(session: AsyncSession, epoch_id: UUID) -> LotteryEpoch:
    """The epoch, or NotFound."""
    found = await session.get(LotteryEpoch, epoch_id)
    if found is None:
        raise NotFound("epoch", epoch_id)
    return found


async def epoch_numbered(session: AsyncSession, lottery_id: UUID, number: int) -> LotteryEpoch:
    """The epoch, or NotFound."""
    wanted = select(LotteryEpoch).where(
        LotteryEpoch.lottery_id == lottery_id, LotteryEpoch.number == number
    )
    found = (await session.exec(wanted)).first()
    if found is None:
        raise NotFound("epoch", number)
    return found


async def epochs_of(
    session: AsyncSession, lottery_id: UUID, first: int, after: str | None
) -> Page[LotteryEpoch]:
    """Newest first."""
    mine = select(LotteryEpoch).where(LotteryEpoch.lottery_id == lottery_id)
    return await page(session, mine, [LotteryEpoch.id], first=first, after=after)


async def draws_after(
    session: AsyncSession, epoch_id: UUID, number: int, most: int
) -> Sequence[LotteryDraw]:
    """The next draws of an epoch's chain."""
    rows = await session.exec(
        select(LotteryDraw)
        .where(LotteryDraw.epoch_id == epoch_id, LotteryDraw.number > number)
        .order_by(col(LotteryDraw.number))
        .limit(most)
    )
    return rows.all()


async def draws_of(
    session: AsyncSession, lottery_id: UUID, customer_id: UUID, first: int, after: str | None
) -> Page[LotteryDraw]:
    """A customer's draws, newest first."""
    mine = select(LotteryDraw).where(
        LotteryDraw.lottery_id == lottery_id, LotteryDraw.customer_id == customer_id
    )
    return await page(session, mine, [LotteryDraw.id], first=first, after=after)
