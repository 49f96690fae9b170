"""Epochs: one begins with what it commits to, and ends with its seed for everybody to see."""

import secrets
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from structlog import get_logger

from kit.bulk import insert_rows, replacing
from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow
from loyalty.entity import table_of
from loyalty.lottery.events import LotteryOpened, LotteryRevealed
from loyalty.lottery.fairness import FORMAT, canonical, digest, hash_of_seed
from loyalty.lottery.models import Lottery, LotteryEpoch, LotteryPrize, LotteryState
from loyalty.lottery.queries import lotteries_to_turn, open_epochs, stocks
from loyalty.lottery.table import at_the_start

SEED_BYTES = 32
AT_ONCE = 50
NEW_DAY = text("UPDATE lottery_prize SET today = 0 WHERE lottery_id = :lottery AND today > 0")
PRIZES = ("left_over", "per_day", "today")
log = get_logger(__name__)


async def put_in_force(session: AsyncSession, lottery: Lottery) -> None:
    """What the table says is in stock is left from now on; what was given stays counted."""
    rows = [
        {
            "lottery_id": lottery.id,
            "code": each["code"],
            "left_over": each["stock"],
            "per_day": each["per_day"],
            "given": 0,
            "today": 0,
        }
        for each in lottery.prizes
    ]
    ending = f"ON CONFLICT (lottery_id, code) DO UPDATE SET {replacing(PRIZES)}"
    await insert_rows(session, table_of(LotteryPrize), rows, ending)


async def begin_epoch(
    session: AsyncSession, lottery: Lottery, now: datetime, before: LotteryEpoch | None = None
) -> LotteryEpoch:
    """Commit to the seed and the prizes of a day, and to the seed of the next.

    The seed is the one that the epoch before has committed to.
    """
    if lottery.next_prizes is not None and lottery.next_approved_by is not None:
        lottery.prizes, lottery.next_prizes = lottery.next_prizes, None
        lottery.next_drafted_by = lottery.next_approved_by = None
        session.add(lottery)
        await session.flush()
        await put_in_force(session, lottery)
    await session.execute(NEW_DAY, {"lottery": lottery.id})
    stock = (await stocks(session, [lottery.id]))[lottery.id]
    epoch = LotteryEpoch(
        lottery_id=lottery.id,
        number=before.number + 1 if before else 1,
        seed=before.next_seed if before else secrets.token_hex(SEED_BYTES),
        next_seed=secrets.token_hex(SEED_BYTES),
        salt=secrets.token_hex(SEED_BYTES),
        opening={},
        opening_hash="",
        head="",
        starts_at=now,
        ends_at=min(_midnight_after(now, lottery.time_zone), lottery.ends_at),
    )
    left = {code: each.left_over for code, each in stock.items()}
    epoch.opening = {
        "format": FORMAT,
        "lottery": lottery.code,
        "epoch": epoch.number,
        "epoch_id": str(epoch.id),
        "seed_hash": hash_of_seed(epoch.seed),
        "next_seed_hash": hash_of_seed(epoch.next_seed),
        "previous": before.head if before else "",
        "starts_at": epoch.starts_at.isoformat(),
        "ends_at": epoch.ends_at.isoformat(),
        "prizes": at_the_start(lottery.prizes, left),
    }
    epoch.opening_hash = epoch.head = digest(canonical(epoch.opening))
    session.add(epoch)
    await session.flush()
    record(session, _opened(lottery, epoch))
    log.info("lottery_epoch_begun", code=lottery.code, epoch=epoch.number)
    return epoch


def _midnight_after(now: datetime, zone: str) -> datetime:
    """When the day of `now` ends there; in UTC."""
    here = ZoneInfo(zone)
    tomorrow = now.astimezone(here).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), here).astimezone(now.tzinfo)


def _opened(lottery: Lottery, epoch: LotteryEpoch) -> LotteryOpened:
    return LotteryOpened(
        lottery_id=lottery.id,
        code=lottery.code,
        unit=lottery.unit,
        epoch=epoch.number,
        opening_hash=epoch.opening_hash,
        seed_hash=epoch.opening["seed_hash"],
        next_seed_hash=epoch.opening["next_seed_hash"],
        starts_at=epoch.starts_at,
        ends_at=epoch.ends_at,
    )


async def turn(
    session: AsyncSession, lottery: Lottery, epoch: LotteryEpoch, now: datetime
) -> LotteryEpoch | None:
    """End an epoch and begin the next, unless the lottery itself has ended."""
    await reveal(session, lottery, epoch, now)
    if lottery.state == LotteryState.OPEN and now < lottery.ends_at:
        return await begin_epoch(session, lottery, now, epoch)
    if lottery.state == LotteryState.OPEN:
        lottery.state, lottery.closed_at = LotteryState.CLOSED, now
        session.add(lottery)
        log.info("lottery_closed", code=lottery.code)
    return None


async def reveal(
    session: AsyncSession, lottery: Lottery, epoch: LotteryEpoch, now: datetime
) -> None:
    """End an epoch: its seed is everybody's to see, and its chain has its last link."""
    epoch.closed_at = now
    session.add(epoch)
    await session.flush()
    record(
        session,
        LotteryRevealed(
            lottery_id=lottery.id,
            code=lottery.code,
            unit=lottery.unit,
            epoch=epoch.number,
            seed=epoch.seed,
            draws=epoch.draws,
            head=epoch.head,
        ),
    )
    log.info("lottery_epoch_revealed", code=lottery.code, epoch=epoch.number, draws=epoch.draws)


async def turn_lotteries(session: AsyncSession, now: datetime | None = None) -> int:
    """End the epochs whose day is over; how many, so many at once."""
    now = now or utcnow()
    due = await lotteries_to_turn(session, now, AT_ONCE)
    epochs = await open_epochs(session, (each.id for each in due))
    for lottery in due:
        await turn(session, lottery, epochs[lottery.id], now)
    return len(due)
