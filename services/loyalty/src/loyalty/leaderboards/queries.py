"""How ranks are looked up: the first, one member's own, and their neighbours."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, or_, select

from kit.database import AsyncSession
from kit.paging import Page, page
from kit.units import reaches
from loyalty.leaderboards.models import (
    SLOT_SECONDS,
    Leaderboard,
    LeaderboardName,
    LeaderboardPeriod,
    LeaderboardState,
)


class Entry(NamedTuple):
    """A member's place on a leaderboard."""

    rank: int
    customer_id: UUID
    score: int
    last_at: datetime | None
    lot: int
    points: int = 0


class Known(NamedTuple):
    """A period of a leaderboard, by its first day."""

    code: str
    starts_on: date


_AHEAD: Final = "score DESC, last_at, lot"
TOP: Final = text(f"""
SELECT row_number() OVER (ORDER BY {_AHEAD}), customer_id, score, last_at, lot
FROM leaderboard_score WHERE code = :code AND starts_on = :starts_on
ORDER BY {_AHEAD} LIMIT :most
""")  # noqa: S608  # our own names

WON: Final = text("""
SELECT rank, customer_id, score, NULL::timestamptz AS last_at, lot, points FROM leaderboard_winner
WHERE code = :code AND starts_on = :starts_on ORDER BY rank LIMIT :most
""")

_COUNTS: Final = """(
  SELECT bucket, slot, members FROM leaderboard_count
  WHERE code = :code AND starts_on = :starts_on
  UNION ALL
  SELECT bucket, slot, members FROM leaderboard_shift
  WHERE code = :code AND starts_on = :starts_on) AS counted"""

# Whole buckets and slots are added up; only within their own one the members ahead are counted.
RANK: Final = text(f"""
SELECT 1
  + (SELECT coalesce(sum(members), 0) FROM {_COUNTS}
     WHERE counted.bucket > mine.bucket
        OR counted.bucket = mine.bucket AND counted.slot < mine.slot)
  + CASE WHEN mine.score < 64 THEN (
      SELECT count(*) FROM leaderboard_score AS other
      WHERE other.code = :code AND other.starts_on = :starts_on AND other.score = mine.score
        AND (other.last_at, other.lot) < (mine.last_at, mine.lot) AND other.slot = mine.slot
        AND other.last_at >= to_timestamp(mine.slot * :slot_seconds))
    ELSE (
      SELECT count(*) FROM leaderboard_score AS other
      WHERE other.code = :code AND other.starts_on = :starts_on AND other.score > mine.score
        AND other.score < ((mine.bucket % 32 + 33)::bigint << (mine.bucket / 32 - 1)))
      + (
      SELECT count(*) FROM leaderboard_score AS other
      WHERE other.code = :code AND other.starts_on = :starts_on AND other.score = mine.score
        AND (other.last_at, other.lot) < (mine.last_at, mine.lot)) END AS rank,
  mine.customer_id, mine.score, mine.last_at, mine.lot
FROM leaderboard_score AS mine
WHERE mine.code = :code AND mine.starts_on = :starts_on AND mine.customer_id = :customer
""")  # noqa: S608  # our own names

_NEXT_TO: Final = """
SELECT customer_id, score, last_at, lot FROM leaderboard_score
WHERE code = :code AND starts_on = :starts_on AND {beyond}
ORDER BY {order} LIMIT :most
"""
ABOVE: Final = (
    text(_NEXT_TO.format(
        beyond="score = :score AND (last_at, lot) < (:last_at, :lot)",
        order="last_at DESC, lot DESC",
    )),
    text(_NEXT_TO.format(beyond="score > :score", order="score, last_at DESC, lot DESC")),
)  # fmt: skip
BELOW: Final = (
    text(_NEXT_TO.format(
        beyond="score = :score AND (last_at, lot) > (:last_at, :lot)", order="last_at, lot",
    )),
    text(_NEXT_TO.format(beyond="score < :score", order=_AHEAD)),
)  # fmt: skip

MEMBERS: Final = text(f"SELECT coalesce(sum(members), 0)::bigint FROM {_COUNTS}")  # noqa: S608


async def open_leaderboards(session: AsyncSession) -> Sequence[Leaderboard]:
    rows = await session.exec(
        select(Leaderboard)
        .where(Leaderboard.state != LeaderboardState.DRAFT)
        .where(
            or_(
                Leaderboard.state == LeaderboardState.OPEN,
                col(Leaderboard.code).in_(
                    select(LeaderboardPeriod.code).where(col(LeaderboardPeriod.frozen_at).is_(None))
                ),
            )
        )
        .order_by(Leaderboard.code)
    )
    return rows.all()


async def leaderboard_to_change(session: AsyncSession, code: str) -> Leaderboard | None:
    rows = await session.exec(
        select(Leaderboard).where(Leaderboard.code == code).with_for_update(key_share=True)
    )
    return rows.first()


async def leaderboard_near(session: AsyncSession, code: str, unit: str) -> Leaderboard | None:
    """One that compares members above the unit or below it."""
    rows = await session.exec(
        select(Leaderboard).where(Leaderboard.code == code, reaches(Leaderboard.unit, unit))
    )
    return rows.first()


async def leaderboards_near(
    session: AsyncSession, unit: str, drafts: bool, first: int, after: str | None
) -> Page[Leaderboard]:
    """Leaderboards above the unit and below it, by code."""
    wanted = select(Leaderboard).where(reaches(Leaderboard.unit, unit))
    if not drafts:
        wanted = wanted.where(Leaderboard.state != LeaderboardState.DRAFT)
    return await page(
        session, wanted, [Leaderboard.code], first=first, after=after, newest_first=False
    )


async def periods_of(
    session: AsyncSession, known: Iterable[Known]
) -> dict[Known, LeaderboardPeriod]:
    codes, days = zip(*known, strict=True) if (known := [*known]) else ((), ())
    rows = await session.exec(
        select(LeaderboardPeriod).where(
            col(LeaderboardPeriod.code).in_(set(codes)),
            col(LeaderboardPeriod.starts_on).in_(set(days)),
        )
    )
    return {Known(each.code, each.starts_on): each for each in rows}


async def period_shown(
    session: AsyncSession, code: str, starts_on: date
) -> LeaderboardPeriod | None:
    return await session.get(LeaderboardPeriod, (code, starts_on))


async def top_of(session: AsyncSession, period: LeaderboardPeriod, most: int) -> list[Entry]:
    """The first, in order; of a frozen period those who were then."""
    asked = {"code": period.code, "starts_on": period.starts_on, "most": most}
    rows = await session.execute(WON if period.frozen_at else TOP, asked)
    return [Entry(*row) for row in rows]


async def rank_of(
    session: AsyncSession, board: Leaderboard, starts_on: date, customer_id: UUID
) -> Entry | None:
    """A member's own place, exactly; None for who has no score."""
    asked = {
        "code": board.code,
        "starts_on": starts_on,
        "customer": customer_id,
        "slot_seconds": SLOT_SECONDS[board.span],
    }
    row = (await session.execute(RANK, asked)).first()
    return None if row is None else Entry(int(row.rank), *row[1:])


async def neighbours_of(
    session: AsyncSession, board: Leaderboard, starts_on: date, mine: Entry, most: int
) -> list[Entry]:
    """Up to so many on either side of a member, and themselves, in order."""
    asked = {
        "code": board.code,
        "starts_on": starts_on,
        "score": mine.score,
        "last_at": mine.last_at,
        "lot": mine.lot,
    }
    above = await _beyond(session, ABOVE, asked, most)
    below_ = await _beyond(session, BELOW, asked, most)
    return [
        *reversed([Entry(mine.rank - n, *row) for n, row in enumerate(above, start=1)]),
        mine,
        *[Entry(mine.rank + n, *row) for n, row in enumerate(below_, start=1)],
    ]


async def surroundings(
    session: AsyncSession, board: Leaderboard, starts_on: date, customer_id: UUID | None, most: int
) -> list[Entry]:
    """A member with up to so many on either side; nobody for who has no score."""
    if customer_id is None:
        return []
    mine = await rank_of(session, board, starts_on, customer_id)
    return [] if mine is None else await neighbours_of(session, board, starts_on, mine, most)


async def _beyond(
    session: AsyncSession, statements: Iterable[Any], asked: dict[str, Any], most: int
) -> list[Any]:
    found: list[Any] = []
    for statement in statements:
        if len(found) < most:
            found += (await session.execute(statement, asked | {"most": most - len(found)})).all()
    return found


async def members_of_period(session: AsyncSession, code: str, starts_on: date) -> int:
    asked = {"code": code, "starts_on": starts_on}
    return int((await session.execute(MEMBERS, asked)).scalar_one())


async def names_of(session: AsyncSession, customers: Iterable[UUID]) -> dict[UUID, str]:
    """The names that members have chosen to be seen by."""
    rows = await session.exec(
        select(LeaderboardName).where(col(LeaderboardName.customer_id).in_(set(customers)))
    )
    return {each.customer_id: each.name for each in rows}
