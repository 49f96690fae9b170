"""Posting points through the service's own path against pgbench on the bare function, and expiry."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import asyncpg
import uvloop
from sqlalchemy import text

from bench import pgbench
from bench.report import Report, median, quantile
from bench.stage import servers
from kit.database import AsyncSession, Database
from kit.models import uuid7
from kit.tables import RELAY_AWAKE
from local.postgres import PostgresServer
from loyalty.app import loyalty
from loyalty.ledger.queries import LEDGER_STATE
from loyalty.points.commands.ageing import expire_points, mature_points
from loyalty.points.commands.posting import post_alone
from loyalty.points.models import NewPosting

CLIENTS = 8
ROUNDS = 3
LOTS_EACH = 10
WAITING = 4
"""One lot becomes usable for so many that end: few programmes have points for later."""
DATABASE = "loyalty"

MEMBERS = """
INSERT INTO points_account (id, created_at, customer_id, unit, facts_version)
SELECT uuidv7(), now(), uuidv7(), 'hq', 0 FROM generate_series(1, {members});
INSERT INTO wallet (account_id, currency) SELECT id, 'points' FROM points_account;
CREATE TABLE bench_member (n serial PRIMARY KEY, id uuid);
INSERT INTO bench_member (id) SELECT id FROM points_account;
ANALYZE
"""
BARE = """
\\set n random(1, {members})
SELECT post_points(jsonb_build_array(jsonb_build_object('id', uuidv7(), 'account_id',
  (SELECT id FROM bench_member WHERE n = :n), 'currency', 'points', 'key', gen_random_uuid(),
  'kind', 'earn', 'against', 'liability', 'points', 10, 'reason', 'bench', 'source_kind',
  'request', 'source_id', '1', 'occurred_at', now())));
"""
LOTS = """
SET session_replication_role = replica;
SET maintenance_work_mem = '256MB';
CREATE TABLE bench_index AS
SELECT indexname AS name, indexdef AS definition FROM pg_indexes
WHERE tablename IN ('posting', 'entry', 'lot')
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname);
DO $$ DECLARE each text; BEGIN
  FOR each IN SELECT name FROM bench_index LOOP EXECUTE 'DROP INDEX ' || each; END LOOP;
END $$;
CREATE UNLOGGED TABLE made AS
SELECT uuidv7() AS id, account, pending, n,
  10 * row_number() OVER (PARTITION BY account, pending ORDER BY n) AS so_far,
  now() - interval '1 day' + n * interval '1 day' / {lots} AS due_at
FROM (SELECT bench_member.id AS account, pending,
        row_number() OVER (PARTITION BY pending ORDER BY random()) AS n
      FROM bench_member, generate_series(1, {each}), (VALUES (false), (true)) AS kind (pending)
      WHERE bench_member.n <= CASE WHEN pending THEN {waiting} ELSE {lots} END / {each}) AS mixed
ORDER BY pending, n;
INSERT INTO posting (id, created_at, key, account_id, currency, kind, against, points,
  balance_after, reason, source_kind, source_id, occurred_at)
SELECT made.id, now(), 'bench:' || made.id, account, 'points', 'earn', 'liability', 10,
  CASE WHEN made.pending THEN balance + 10 * {each} ELSE balance + so_far END, 'bench', 'request',
  '1', now()
FROM made JOIN wallet ON account_id = account ORDER BY made.id;
INSERT INTO entry (posting_id, line, account_kind, account_id, amount, balance_after)
SELECT made.id, line, side, CASE line WHEN 5 THEN NULL ELSE account END, amount,
  CASE line WHEN 1 THEN balance + so_far WHEN 3 THEN so_far END
FROM made JOIN wallet ON account_id = account CROSS JOIN LATERAL (VALUES
  (CASE WHEN made.pending THEN 3 ELSE 1 END,
   CASE WHEN made.pending THEN 'pending' ELSE 'wallet' END, 10),
  (5, 'liability', -10)) AS side (line, side, amount)
ORDER BY made.id, line;
INSERT INTO lot (id, posting_id, account_id, currency, state, points, remaining, expired,
  expires_at, due_at)
SELECT id, id, account, 'points', CASE WHEN pending THEN 'pending' ELSE 'expiring' END, 10, 10, 0,
  CASE WHEN pending THEN due_at + interval '1 year' ELSE due_at END, due_at
FROM made ORDER BY id;
UPDATE wallet SET balance = balance + 10 * {each}
WHERE account_id IN (SELECT account FROM made WHERE NOT pending);
UPDATE wallet SET pending = pending + 10 * {each}
WHERE account_id IN (SELECT account FROM made WHERE pending);
DO $$ DECLARE each text; BEGIN
  FOR each IN SELECT definition FROM bench_index LOOP EXECUTE each; END LOOP;
END $$;
DROP TABLE made;
VACUUM ANALYZE
"""
"""Those that end and those that become usable, in the order in which they were earned.

They are written as the service has them, but at once: neither row by row into every index, nor
with a look at each key and sum: in the end all is added up.
"""


LEFT = text(
    "SELECT count(*) FROM lot WHERE state <> 'usable' AND remaining > 0 AND due_at <= now()"
)


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench postings")
    parser.add_argument("--seconds", type=int, default=3, help="per round and contender")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--lots", type=int, default=20_000, help="to expire; 1000000 in full")
    asked = parser.parse_args(arguments)
    asked.members = max(asked.members, asked.lots // LOTS_EACH)
    with servers() as (postgres, _):
        return uvloop.run(measure(postgres, asked))


async def measure(postgres: PostgresServer, asked: argparse.Namespace) -> Report:
    url = "postgresql+asyncpg://" + postgres.create_database(DATABASE).partition("://")[2]
    await loyalty.migrating.upgrade(url)
    postgres.ask(MEMBERS.format(members=asked.members), DATABASE)
    db = Database(url)
    relay = await asyncpg.connect(postgres.url(DATABASE))
    await relay.execute("SELECT pg_advisory_lock($1)", RELAY_AWAKE)
    accounts = [row[0] for row in await db.call("SELECT id FROM bench_member ORDER BY n")]
    found: dict[str, list[float]] = {"bare": [], "ours": [], "hot": []}
    for _ in range(ROUNDS):
        found["bare"].append(bare_postings(postgres, asked))
        found["ours"].append(await postings(db, accounts, asked.seconds))
        found["hot"].append(await postings(db, accounts[:1], asked.seconds))
    waiting = asked.lots // WAITING
    lots = {"each": LOTS_EACH, "lots": asked.lots, "waiting": waiting}
    started = time.perf_counter()
    postgres.ask(LOTS.format(**lots), DATABASE)
    laid_out = time.perf_counter() - started
    calm = await latencies(db, accounts, lambda: asyncio.sleep(asked.seconds))
    started = time.perf_counter()
    beside = await latencies(db, accounts, lambda: all_of(db, expire_points))
    expiry = time.perf_counter() - started
    started = time.perf_counter()
    maturing = await latencies(db, accounts, lambda: all_of(db, mature_points))
    maturity = time.perf_counter() - started
    await require_sound(db)
    await relay.close()
    await db.close()
    p99 = [quantile(each, 0.99) for each in (calm, beside, maturing)]
    return report(asked, found, (laid_out, expiry, maturity), p99)


def report(
    asked: argparse.Namespace,
    found: dict[str, list[float]],
    seconds: tuple[float, float, float],
    p99: Sequence[float],
) -> Report:
    ours, hot, bare = (median(found[each]) for each in ("ours", "hot", "bare"))
    expired, matured = asked.lots / seconds[1], asked.lots // WAITING / seconds[2]
    return Report(
        name="postings",
        data={
            "members": asked.members,
            "clients": CLIENTS,
            "lots_to_expire": asked.lots,
            "lots_to_mature": asked.lots // WAITING,
            "rounds": ROUNDS,
        },
        figures={
            "postings_per_second": ours,
            "postings_per_second_on_one_wallet": hot,
            "seconds_to_lay_lots_out": seconds[0],
            "lots_expired_per_second": expired,
            "lots_matured_per_second": matured,
            "posting_p99_ms": p99[0] * 1e3,
            "posting_p99_ms_during_expiry": p99[1] * 1e3,
            "posting_p99_ms_while_lots_mature": p99[2] * 1e3,
        },
        limits={"pgbench_bare_function_per_second": bare, "lots_per_second": 1_000_000 / 60},
        ratios={
            "pgbench": median([a / b for a, b in zip(found["ours"], found["bare"], strict=True)]),
            "expiry": expired / (1_000_000 / 60),
        },
    )


async def require_sound(db: Database) -> None:
    """All of the ledger added up, also what was laid out: neither a lot is left nor a point lost."""
    async with db.reading() as session:
        left = (await session.execute(LEFT)).scalar_one()
        ledger = (await session.execute(LEDGER_STATE)).mappings().one()
    faults = {name: ledger[name] for name in ledger if name.endswith("_of_balance")}
    if left or any(faults.values()):
        raise AssertionError(f"{left} lots are left, {faults}")


def bare_postings(postgres: PostgresServer, asked: argparse.Namespace) -> float:
    """Postings a second by the function alone: with its key and lot, without its event."""
    script = BARE.format(members=asked.members)
    return pgbench.per_second(postgres, DATABASE, script, clients=CLIENTS, seconds=asked.seconds)


async def postings(db: Database, accounts: Sequence[UUID], seconds: float) -> float:
    """Postings a second with everything on: key, lot, event, outbox."""
    done = await latencies(db, accounts, lambda: asyncio.sleep(seconds), clients=CLIENTS)
    return len(done) / seconds


async def latencies(
    db: Database,
    accounts: Sequence[UUID],
    until: Callable[[], Awaitable[object]],
    clients: int = 2,
) -> list[float]:
    """How long each posting of some clients took, as long as `until` takes."""
    took: list[float] = []
    over = asyncio.ensure_future(until())

    async def client(first: int) -> None:
        number = first
        while not over.done():
            number = (number + 7919) % len(accounts)
            started = time.perf_counter()
            await post_alone(db, earning(accounts[number]))
            took.append(time.perf_counter() - started)

    await asyncio.gather(over, *(client(first) for first in range(clients)))
    return took


def earning(account: UUID) -> NewPosting:
    key = str(uuid7())
    return NewPosting(
        account_id=account,
        key=key,
        kind="earn",
        points=10,
        reason="bench",
        source_kind="request",
        source_id=key,
    )


async def all_of(db: Database, age: Callable[[AsyncSession], Awaitable[int]]) -> None:
    """As the schedule does it: a bounded number at once, and at once again."""
    lots = 1
    while lots:
        async with db.transaction() as session:
            lots = await age(session)
