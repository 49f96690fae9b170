"""One's own rank among a million members and among a tenth of them, against SQL's rank() over all."""

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg

from bench.report import Report, quantile
from bench.stage import servers
from kit.database import AsyncSession, Database
from kit.models import utcnow, uuid7
from local.postgres import PostgresServer
from loyalty.app import loyalty
from loyalty.leaderboards.commands.freezing import add_shifts
from loyalty.leaderboards.commands.scoring import Scored, score
from loyalty.leaderboards.models import FOR_EVER, Leaderboard, LeaderboardMeasure
from loyalty.leaderboards.queries import neighbours_of, rank_of

ASKED = 300
PEER_ASKED = 3
DEEDS = 2_000
AT_ONCE = 100

BOARDS = """
INSERT INTO leaderboard (code, name, unit, measure, span, time_zone, prizes, settles_minutes, state,
  drafted_by, opened_by, opened_at)
SELECT code, code, 'hq', measure, 'ever', 'UTC', '[]', 60, 'open', 'ann', 'bob',
  now() - interval '9 years'
FROM (VALUES ('points', 'points'), ('orders', 'orders')) AS board (code, measure);
INSERT INTO leaderboard_period (code, starts_on, cleared) SELECT code, '1000-01-01', false
FROM leaderboard
"""
# Points spread over many scores; orders are few, so that hundreds of thousands are equal.
MEMBERS = """
INSERT INTO points_account (id, created_at, customer_id, unit, facts_version)
SELECT gen_random_uuid(), now(), gen_random_uuid(), 'hq.zj', 0 FROM generate_series(1, {members});
INSERT INTO leaderboard_score (code, starts_on, customer_id, score, last_at, lot, slot)
SELECT code, '1000-01-01', customer_id, score, last_at, hashtextextended(customer_id::text, 0),
  CASE WHEN score < 64 THEN floor(extract(epoch FROM last_at) / 604800) ELSE 0 END
FROM (
  SELECT 'points' AS code, customer_id, ceil(exp(6 + 2 * random_normal()))::bigint AS score,
    now() - random() * interval '300 days' AS last_at FROM points_account
  UNION ALL
  SELECT 'orders', customer_id, ceil(-2 * ln(random() + 1e-9))::bigint + 1,
    now() - random() * interval '300 days' FROM points_account) AS made
"""
PEER = """
SELECT rank FROM (
  SELECT customer_id, rank() OVER (ORDER BY score DESC, last_at, lot) AS rank
  FROM leaderboard_score WHERE code = $1 AND starts_on = $2) AS ranked
WHERE customer_id = $3
"""


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench leaderboards")
    parser.add_argument("--members", type=int, default=100_000, help="1000000 in full")
    members = parser.parse_args(arguments).members
    with servers() as (postgres, _):
        small = asyncio.run(measure(postgres, members // 10))
        large = asyncio.run(measure(postgres, members))
    figures = {
        f"{name}_{size}": value
        for size, found in (("tenth", small), ("all", large))
        for name, value in found.items()
    }
    return Report(
        name="leaderboards",
        data={"members": members, "asked": ASKED, "deeds": DEEDS},
        figures={name: value for name, value in figures.items() if not name.startswith("sql_")},
        limits={name: value for name, value in figures.items() if name.startswith("sql_")},
        ratios={
            "growth_of_rank_for_10x": large["rank_points_p95_ms"] / small["rank_points_p95_ms"],
            "sql_rank": large["sql_rank_ms"] / large["rank_points_p95_ms"],
            "scoring_for_10x": large["score_us_per_deed"] / small["score_us_per_deed"],
        },
    )


async def measure(postgres: PostgresServer, members: int) -> dict[str, float]:
    name = f"loyalty_{members}"
    url = "postgresql+asyncpg://" + postgres.create_database(name).partition("://")[2]
    await loyalty.migrating.upgrade(url)
    db = Database(url)
    bare = await asyncpg.connect(postgres.url(name), command_timeout=600)
    await bare.execute(BOARDS)
    await bare.execute(MEMBERS.format(members=members))
    async with db.transaction() as session:
        await add_shifts(session)
    await bare.execute("VACUUM ANALYZE")
    rows = await bare.fetch(
        "SELECT customer_id FROM points_account ORDER BY customer_id LIMIT 5000"
    )
    customers = [row["customer_id"] for row in rows]
    found = {
        "score_us_per_deed": await scoring(db, customers),
        **await asking(db, customers),
        "sql_rank_ms": await peer(bare, db, customers),
    }
    await bare.close()
    await db.close()
    return found


async def scoring(db: Database, customers: Sequence[UUID]) -> float:
    """What a deed costs on two leaderboards, in transactions of a hundred."""
    started = time.perf_counter()
    for first in range(0, DEEDS, AT_ONCE):
        async with db.transaction() as session:
            await score(session, [_deed(customers[each]) for each in range(first, first + AT_ONCE)])
    return (time.perf_counter() - started) / DEEDS * 1e6


def _deed(customer: UUID) -> Scored:
    at = utcnow() - timedelta(seconds=random.randrange(10**6))  # noqa: S311
    return Scored(LeaderboardMeasure.POINTS, "order", uuid7(), customer, None, 7, at)


async def asking(db: Database, customers: Sequence[UUID]) -> dict[str, float]:
    """Ranks and neighbours of members chosen by chance, while shifts wait to be added."""
    found: dict[str, float] = {}
    asked = random.sample(list(customers), ASKED)
    async with db.reading() as session:
        for code in ("points", "orders"):
            board = await session.get_one(Leaderboard, code)
            ranks = await _timed(asked, lambda each, b=board: rank_of(session, b, FOR_EVER, each))  # type: ignore[misc]
            found[f"rank_{code}_p50_ms"] = quantile(ranks, 0.5)
            found[f"rank_{code}_p95_ms"] = quantile(ranks, 0.95)
            near = await _timed(asked, lambda each, b=board: _near(session, b, each))  # type: ignore[misc]
            found[f"neighbours_{code}_p95_ms"] = quantile(near, 0.95)
    return found


async def _near(session: AsyncSession, board: Leaderboard, customer: UUID) -> object:
    mine = await rank_of(session, board, FOR_EVER, customer)
    return mine and await neighbours_of(session, board, FOR_EVER, mine, 5)


async def _timed(asked: Sequence[UUID], ask: Callable[[UUID], Awaitable[object]]) -> list[float]:
    """Milliseconds, each."""
    times = []
    for each in asked:
        started = time.perf_counter()
        await ask(each)
        times.append((time.perf_counter() - started) * 1e3)
    return times


async def peer(
    bare: "asyncpg.Connection[asyncpg.Record]", db: Database, customers: Sequence[UUID]
) -> float:
    """The same question to SQL alone, which has to give the same answer."""
    times = []
    async with db.reading() as session:
        board = await session.get_one(Leaderboard, "points")
        for each in customers[:PEER_ASKED]:
            started = time.perf_counter()
            rank = await bare.fetchval(PEER, "points", FOR_EVER, each)
            times.append((time.perf_counter() - started) * 1e3)
            ours = await rank_of(session, board, FOR_EVER, each)
            if ours is None or ours.rank != rank:
                raise AssertionError(f"{each} is number {rank}, not {ours}")
    return quantile(times, 0.5)
