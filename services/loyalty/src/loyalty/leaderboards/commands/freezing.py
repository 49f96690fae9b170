"""Periods that are over are frozen, their winners kept and rewarded, and their scores cleared."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from structlog import get_logger

from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow, uuid7
from kit.schedules import MORE
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.leaderboards.commands.scoring import ALONE
from loyalty.leaderboards.events import LeaderboardWon
from loyalty.leaderboards.models import (
    MOST_WINNERS,
    Leaderboard,
    LeaderboardPeriod,
    LeaderboardWinner,
)
from loyalty.leaderboards.queries import members_of_period, top_of
from loyalty.points.commands import post
from loyalty.points.models import NewPosting

log = get_logger(__name__)
REWARDED_AT_ONCE: Final = 100
CLEARED_AT_ONCE: Final = 5_000
ADDED_AT_ONCE: Final = 100_000
KEPT_DAYS: Final = 35

ADD_SHIFTS: Final = text("""
WITH gone AS (
  DELETE FROM leaderboard_shift
  WHERE id IN (SELECT id FROM leaderboard_shift ORDER BY id LIMIT :most)
  RETURNING code, starts_on, bucket, slot, members
)
INSERT INTO leaderboard_count AS known (code, starts_on, bucket, slot, members)
SELECT code, starts_on, bucket, slot, sum(members) FROM gone
GROUP BY code, starts_on, bucket, slot ORDER BY code, starts_on, bucket, slot
ON CONFLICT (code, starts_on, bucket, slot)
DO UPDATE SET members = known.members + excluded.members
""")

CLEAR_SCORES: Final = text("""
DELETE FROM leaderboard_score WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM leaderboard_score WHERE code = :code AND starts_on = :starts_on LIMIT :most))
""")
CLEAR_DEEDS: Final = text("""
DELETE FROM leaderboard_deed WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM leaderboard_deed WHERE code = :code AND starts_on = :starts_on LIMIT :most))
""")
CLEAR_COUNTS: Final = text("""
DELETE FROM leaderboard_count WHERE code = :code AND starts_on = :starts_on
""")


async def add_shifts(session: AsyncSession) -> None:
    """Bring the counts by bucket up to date: ranks are exact before and after."""
    await session.execute(ADD_SHIFTS, {"most": ADDED_AT_ONCE})


async def freeze_periods(session: AsyncSession, now: datetime | None = None) -> object:
    """Keep the winners of the next period that is over; it changes no more.

    Prizes are given afterwards: who scores holds an account before it waits for this.
    """
    now = now or utcnow()
    if await _next_due(session, now) is None:
        return None
    await session.execute(ALONE)
    period = await _next_due(session, now)
    if period is None:
        return MORE
    board = await session.get_one(Leaderboard, period.code)
    winners = await top_of(session, period, MOST_WINNERS)
    period.members = await members_of_period(session, period.code, period.starts_on)
    period.frozen_at = now
    session.add(period)
    session.add_all(
        LeaderboardWinner(
            code=period.code,
            starts_on=period.starts_on,
            rank=each.rank,
            customer_id=each.customer_id,
            score=each.score,
            lot=each.lot,
            points=board.prize(each.rank),
        )
        for each in winners
    )
    await session.flush()
    log.info(
        "leaderboard_frozen",
        code=period.code,
        starts_on=str(period.starts_on),
        members=period.members,
    )
    return MORE


async def _next_due(session: AsyncSession, now: datetime) -> LeaderboardPeriod | None:
    """The period that is over for longest: scoring is only held up when there is one."""
    due = (
        select(LeaderboardPeriod)
        .where(col(LeaderboardPeriod.frozen_at).is_(None))
        .where(col(LeaderboardPeriod.freezes_at) <= now)
        .order_by(col(LeaderboardPeriod.freezes_at))
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return (await session.exec(due)).first()


async def reward_winners(session: AsyncSession) -> object:
    """Give the prizes that have not been given, each once."""
    due = select(LeaderboardWinner).where(
        LeaderboardWinner.points > 0, col(LeaderboardWinner.posting_id).is_(None)
    )
    winners = (
        await session.exec(
            due.order_by(col(LeaderboardWinner.id))
            .limit(REWARDED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
    ).all()
    if not winners:
        return None
    accounts = await open_accounts(session, {each.customer_id for each in winners})
    await hold_accounts(session, accounts)
    boards = {each.code: await session.get_one(Leaderboard, each.code) for each in winners}
    await post(session, [_prize(each, accounts[each.customer_id]) for each in winners])
    for each in winners:
        session.add(each)
        record(session, _won(each, boards[each.code]))
    await session.flush()
    return MORE


async def clear_periods(session: AsyncSession, now: datetime | None = None) -> object:
    """Of periods frozen long ago the winners stay; scores and deeds go, a part at once."""
    before = (now or utcnow()) - timedelta(days=KEPT_DAYS)
    old = select(LeaderboardPeriod).where(
        col(LeaderboardPeriod.frozen_at) < before, ~col(LeaderboardPeriod.cleared)
    )
    period = (await session.exec(old.order_by(col(LeaderboardPeriod.frozen_at)).limit(1))).first()
    if period is None:
        return None
    asked = {"code": period.code, "starts_on": period.starts_on, "most": CLEARED_AT_ONCE}
    scores = await session.execute(CLEAR_SCORES, asked)
    deeds = await session.execute(CLEAR_DEEDS, asked)
    await add_shifts(session)
    if not scores.rowcount and not deeds.rowcount:  # type: ignore[attr-defined]
        await session.execute(CLEAR_COUNTS, {k: v for k, v in asked.items() if k != "most"})
        period.cleared = True
        session.add(period)
        await session.flush()
    return MORE


def _prize(winner: LeaderboardWinner, account_id: UUID) -> NewPosting:
    winner.posting_id = uuid7()
    return NewPosting(
        id=winner.posting_id,
        account_id=account_id,
        key=f"leaderboard:{winner.id}",
        kind="grant",
        points=winner.points,
        reason="leaderboard",
        source_kind="leaderboard",
        source_id=str(winner.id),
    )


def _won(winner: LeaderboardWinner, board: Leaderboard) -> LeaderboardWon:
    return LeaderboardWon(
        winner_id=winner.id,
        customer_id=winner.customer_id,
        leaderboard_code=winner.code,
        leaderboard_name=board.name,
        starts_on=winner.starts_on,
        rank=winner.rank,
        score=winner.score,
        points=winner.points,
    )
