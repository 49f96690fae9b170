"""Deeds score on leaderboards, each once, and are taken back with the order they stand on."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from kit.database import AsyncSession
from kit.units import lies_below
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.clubs.queries import clubs_of
from loyalty.earning.queries import cancelled_among, members_of
from loyalty.leaderboards.commands.summing import Place, add_up, sum_anew
from loyalty.leaderboards.models import Leaderboard, LeaderboardPeriod
from loyalty.leaderboards.queries import Known, open_leaderboards, periods_of

# Scores are written with the shared lock: who freezes a period waits for all that are on their way.
ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('leaderboards', 0))")
TOGETHER = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('leaderboards', 0))")


class Scored(NamedTuple):
    """Something that may score: so much of a measure."""

    measure: str
    source_kind: str
    source_id: UUID
    customer_id: UUID
    order_id: UUID | None
    amount: int
    at: datetime


# What was lost and is reached again scores again.
REMEMBER = text("""
INSERT INTO leaderboard_deed AS known (source_kind, source_id, code, starts_on, customer_id,
  order_id, amount, at, taken_back)
SELECT source_kind, source_id, code, starts_on, customer_id, order_id, amount, at, false
FROM jsonb_to_recordset(CAST(:scored AS jsonb)) AS new (source_kind text, source_id uuid, code text,
  starts_on date, customer_id uuid, order_id uuid, amount bigint, at timestamptz)
ORDER BY source_kind, source_id, code
ON CONFLICT (source_kind, source_id, code) DO UPDATE
  SET taken_back = false, starts_on = excluded.starts_on, at = excluded.at
  WHERE known.taken_back AND known.source_kind = 'achievement'
RETURNING code, starts_on, customer_id, amount, at
""")

STANDING_ON = text("""
SELECT code, starts_on, customer_id FROM leaderboard_deed JOIN leaderboard_period
USING (code, starts_on)
WHERE frozen_at IS NULL AND NOT taken_back
  AND (order_id = ANY (:orders)
      AND (CAST(:kinds AS text[]) IS NULL OR source_kind = ANY (CAST(:kinds AS text[])))
    OR source_kind = 'achievement' AND source_id = ANY (:levels))
""")

TAKE_BACK = text("""
UPDATE leaderboard_deed AS deed SET taken_back = true FROM leaderboard_period AS period
WHERE (period.code, period.starts_on) = (deed.code, deed.starts_on) AND frozen_at IS NULL
  AND NOT taken_back
  AND (order_id = ANY (:orders)
      AND (CAST(:kinds AS text[]) IS NULL OR source_kind = ANY (CAST(:kinds AS text[])))
    OR source_kind = 'achievement' AND source_id = ANY (:levels))
""")

PLACES = text("""
SELECT code, starts_on, customer_id FROM leaderboard_deed
JOIN leaderboard_period USING (code, starts_on)
WHERE customer_id = ANY (:customers) AND frozen_at IS NULL
UNION
SELECT code, starts_on, customer_id FROM leaderboard_score
JOIN leaderboard_period USING (code, starts_on)
WHERE customer_id = ANY (:customers) AND frozen_at IS NULL
""")


async def score(session: AsyncSession, scored: Sequence[Scored]) -> None:
    """Add what members did to their scores, on every leaderboard that is about it and them.

    A deed scores once, whatever happens to its event, and not when its order was cancelled, nor
    when its period is frozen.
    """
    if not scored:
        return
    await session.execute(TOGETHER)
    boards = {each.code: each for each in await open_leaderboards(session)}
    wanted = [
        (board, each)
        for each in scored
        for board in boards.values()
        if each.amount > 0 and board.measure == each.measure and board.counts(each.at)
    ]
    if not wanted:
        return
    customers = {each.customer_id for _, each in wanted}
    await open_accounts(session, customers)
    await hold_accounts(session, customers)
    fitting = await _fitting(session, wanted)
    gone = await cancelled_among(session, {each.order_id for _, each in fitting if each.order_id})
    standing = [(board, each) for board, each in fitting if each.order_id not in gone]
    await _write(session, boards, await _still_open(session, standing))


async def take_back_scores(
    session: AsyncSession,
    orders: Collection[UUID],
    levels: Collection[UUID] = (),
    kinds: Collection[str] | None = None,
) -> None:
    """What stood on these orders, or of these kinds did, and lost levels score no longer.

    What is frozen stays.
    """
    await session.execute(TOGETHER)
    asked = {
        "orders": list(orders),
        "levels": list(levels),
        "kinds": None if kinds is None else list(kinds),
    }
    places = [Place(*row) for row in await session.execute(STANDING_ON, asked)]
    if places:
        await hold_accounts(session, {each.customer_id for each in places})
        await session.execute(TAKE_BACK, asked)
        await sum_anew(session, places)


async def score_anew(session: AsyncSession, customers: Collection[UUID]) -> None:
    """Let the scores of these be what their deeds add up to: whose deeds they are has changed."""
    rows = await session.execute(PLACES, {"customers": list(customers)})
    await sum_anew(session, [Place(*row) for row in rows])


async def _fitting(
    session: AsyncSession, wanted: Sequence[tuple[Leaderboard, Scored]]
) -> list[tuple[Leaderboard, Scored]]:
    """Those of members whom the leaderboard compares now."""
    customers = {each.customer_id for _, each in wanted}
    members = await members_of(session, customers)
    of_clubs = any(board.club_code for board, _ in wanted)
    clubs = await clubs_of(session, customers) if of_clubs else {}
    return [
        (board, each)
        for board, each in wanted
        if (unit := members[each.customer_id].unit) is not None
        and lies_below(unit, board.unit)
        and (board.club_code is None or board.club_code in clubs[each.customer_id])
    ]


async def _still_open(
    session: AsyncSession, wanted: Sequence[tuple[Leaderboard, Scored]]
) -> list[dict[str, Any]]:
    """The rows of deeds whose period is not frozen; a period begins with its first deed."""
    in_periods = [
        (Known(board.code, board.period_of(each.at)), board, each) for board, each in wanted
    ]
    periods = await periods_of(session, {known for known, _, _ in in_periods})
    boards = {known: board for known, board, _ in in_periods if known not in periods}
    if boards:
        begun = [_begun(boards[known], known) for known in sorted(boards)]
        await session.execute(insert(LeaderboardPeriod).values(begun).on_conflict_do_nothing())
    return [
        {**each._asdict(), **known._asdict()}
        for known, _, each in in_periods
        if known not in periods or periods[known].frozen_at is None
    ]


def _begun(board: Leaderboard, known: Known) -> dict[str, Any]:
    ends_at = board.ends_at(known.starts_on)
    settles = timedelta(minutes=board.settles_minutes)
    return {
        **known._asdict(),
        "ends_at": ends_at,
        "freezes_at": ends_at + settles if ends_at else None,
        "cleared": False,
    }


async def _write(
    session: AsyncSession, boards: dict[str, Leaderboard], rows: Sequence[dict[str, Any]]
) -> None:
    if rows:
        scored = {"scored": orjson.dumps(rows, default=str).decode()}
        await add_up(session, boards, (await session.execute(REMEMBER, scored)).all())
