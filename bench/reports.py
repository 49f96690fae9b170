"""What a report of points costs as the ledger grows, beside adding the ledger up; `--help`."""

import argparse
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import uvloop
from sqlalchemy import text

from bench.report import Report, median
from bench.stage import servers
from kit.database import Database
from kit.models import utcnow
from kit.schedules import MORE
from local.postgres import PostgresServer
from loyalty.app import loyalty
from loyalty.reports.commands import fold_ledger
from loyalty.reports.months import month_of
from loyalty.reports.queries.flows import Asked, differences, movements
from loyalty.reports.queries.standing import liability_now

DAYS = 700
PART = 4
ROUNDS = 15
MEMBERS = text("""
INSERT INTO points_account (id, created_at, customer_id, unit, facts_version)
SELECT gen_random_uuid(), now(), gen_random_uuid(), 'hq.u' || n % 50, 1
FROM generate_series(1, :members) AS n
""")
WALLETS = text("INSERT INTO wallet (account_id, currency) SELECT id, 'points' FROM points_account")
# As if it had been earned day by day.
POSTINGS = text("""
WITH member AS (
  SELECT id, row_number() OVER (ORDER BY id) AS number FROM points_account
), posted AS (
  INSERT INTO posting (id, created_at, key, account_id, currency, kind, against, points,
    balance_after, reason, source_kind, source_id, occurred_at)
  SELECT gen_random_uuid(), now() - make_interval(secs => :days * 86400.0 * (1 - n::float / :many)),
    'bench:' || n, member.id, 'points', 'earn', 'liability', 10, 10, 'bench', 'request', n::text,
    now()
  FROM generate_series(1, :many) AS n JOIN member ON number = 1 + n % :members
  ORDER BY n
  RETURNING id, account_id, created_at
), entered AS (
  INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after)
  SELECT id, 1, 'wallet', account_id, 10, 10 FROM posted
  UNION ALL SELECT id, 5, 'liability', NULL, -10, NULL FROM posted
), lots AS (
  INSERT INTO lot (id, posting_id, account_id, currency, state, points, remaining, expired,
    expires_at, due_at)
  SELECT id, id, account_id, 'points', 'usable', 10, 10, 0, created_at + interval '24 months',
    created_at + interval '23 months' FROM posted
)
UPDATE wallet SET balance = got.points
FROM (SELECT account_id, 10 * count(*) AS points FROM posted GROUP BY account_id) AS got
WHERE wallet.account_id = got.account_id
""")
FROM_THE_START = text(
    "UPDATE ledger_fold SET folded_until = (SELECT min(created_at) FROM posting), closed_month = "
    "(SELECT to_char(min(created_at) - interval '1 month', 'YYYY-MM') FROM posting)"
)


@dataclass(frozen=True)
class Measured:
    """Milliseconds at one size of the ledger."""

    postings: int
    folding_per_second: float
    movements_ms: float
    liability_ms: float
    adding_up_ms: float


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench reports")
    parser.add_argument("--postings", type=int, default=200_000)
    parser.add_argument("--members", type=int, default=10_000)
    chosen = parser.parse_args(arguments)
    with servers() as (postgres, _broker):
        small, large = (
            uvloop.run(measure(postgres, name, many, chosen.members))
            for name, many in (("small", chosen.postings // PART), ("large", chosen.postings))
        )
    return Report(
        name="reports",
        data={"postings": large.postings, "members": chosen.members, "days": DAYS},
        figures={
            "movements_ms": large.movements_ms,
            "liability_now_ms": large.liability_ms,
            "folded_per_second": large.folding_per_second,
            f"movements_ms_of_1_in_{PART}": small.movements_ms,
        },
        limits={
            "adding_the_ledger_up_ms": large.adding_up_ms,
            f"adding_up_ms_of_1_in_{PART}": small.adding_up_ms,
        },
        ratios={
            "movements_as_the_ledger_grows": large.movements_ms / small.movements_ms,
            "adding_up_as_the_ledger_grows": large.adding_up_ms / small.adding_up_ms,
            "movements_to_adding_up": large.movements_ms / large.adding_up_ms,
        },
    )


async def measure(postgres: PostgresServer, name: str, many: int, members: int) -> Measured:
    url = "postgresql+asyncpg://" + postgres.create_database(name).partition("://")[2]
    await loyalty.migrating.upgrade(url)
    db = Database(url)
    await _fill(db, many, members)
    took = await _fold(db)
    today = utcnow()
    asked = Asked(
        since=month_of(today - timedelta(days=360)),
        until=month_of(today),
        seen_from="hq",
        by_tier=True,
    )
    found = Measured(
        postings=many,
        folding_per_second=many / took,
        movements_ms=await _timed(db, lambda session: movements(session, asked)),
        liability_ms=await _timed(db, lambda session: liability_now(session, "hq")),
        adding_up_ms=await _timed(db, differences, rounds=3),
    )
    await db.close()
    return found


async def _fill(db: Database, many: int, members: int) -> None:
    async with db.transaction() as session:
        await session.execute(MEMBERS, {"members": members})
        await session.execute(WALLETS)
        await session.execute(POSTINGS, {"many": many, "members": members, "days": DAYS})
        await session.execute(FROM_THE_START)
    async with db.engine.connect() as connection:
        apart = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await apart.execute(text("VACUUM ANALYZE"))


async def _fold(db: Database) -> float:
    started = time.perf_counter()
    more: str | None = MORE
    while more is MORE:
        async with db.transaction() as session:
            more = await fold_ledger(session)
    took = time.perf_counter() - started
    async with db.reading() as session:
        if wrong := await differences(session):
            raise AssertionError(f"{wrong} sums differ from the ledger")
    return took


async def _timed(
    db: Database, act: Callable[[Any], Awaitable[object]], rounds: int = ROUNDS
) -> float:
    """The median in milliseconds."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        async with db.reading() as session:
            await act(session)
        taken.append((time.perf_counter() - started) * 1_000)
    return median(taken)
