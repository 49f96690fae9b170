"""Members' balances through the gateway at a rate, asked by their own ids and by customers'."""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.customers.building import Sizes, build
from bench.gateway.load import Load
from bench.rate import Times, asking, at_rate
from bench.report import Report
from bench.stage import platform
from local.doors import Doors
from local.folder import Folder
from local.running.databases import database_url
from local.tokens import Wanted

BOUND_MS = 20
SAMPLE = 5_000
OF_CUSTOMER = "query Points($id: UUID!) { customer(id: $id) { id points { balance } } }"
OF_ACCOUNT = "query Points($id: UUID!) { pointsAccount(id: $id) { id balance } }"
BARE = "SELECT balance FROM wallet WHERE account_id = $1 AND currency = 'points'"
MEMBERS = """
INSERT INTO points_account (id, created_at, customer_id, unit, facts_version)
SELECT md5('a' || n)::uuid, now(), md5('c' || n)::uuid,
    'hq.p' || n % 31 || '.c' || n % 11 || '.o' || n % 97, 0
FROM generate_series($1::bigint, $2::bigint) n ON CONFLICT DO NOTHING
"""
POSTINGS = """
INSERT INTO posting (id, created_at, key, account_id, currency, kind, against, points,
  balance_after, reason, source_kind, source_id, occurred_at)
SELECT md5('p' || n)::uuid, now(), 'bench:' || n, md5('a' || n)::uuid, 'points', 'earn',
  'liability', 1 + n % 900, 1 + n % 900, 'bench', 'request', n::text, now()
FROM generate_series($1::bigint, $2::bigint) n ON CONFLICT DO NOTHING
"""
WALLETS = """
INSERT INTO wallet (account_id, currency, balance)
SELECT md5('a' || n)::uuid, 'points', 1 + n % 900
FROM generate_series($1::bigint, $2::bigint) n ON CONFLICT DO NOTHING
"""
LOTS = """
INSERT INTO lot (id, posting_id, account_id, currency, state, points, remaining, expired,
  expires_at, due_at)
SELECT md5('p' || n)::uuid, md5('p' || n)::uuid, md5('a' || n)::uuid, 'points', 'usable',
  1 + n % 900, 1 + n % 900, 0, now() + interval '400 days', now() + interval '370 days'
FROM generate_series($1::bigint, $2::bigint) n ON CONFLICT DO NOTHING
"""
AT_ONCE = 50_000


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench balance")
    parser.add_argument("--members", type=int, default=50_000)
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="keeps what was built, for the next run")
    parser.add_argument("--port-base", type=int, default=27_000)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="octoreach-balance-") as name:
        folder = (chosen.folder or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        with platform(folder, chosen.port_base):
            return asyncio.run(measure(folder, chosen))


async def measure(folder: Path, chosen: argparse.Namespace) -> Report:
    await build(folder, Sizes(chosen.members, 0))
    place = Folder(folder)
    async with Doors(place) as doors:
        pool = await asyncpg.create_pool(
            database_url(place, doors.plan, "loyalty"), min_size=4, max_size=16
        )
        load = Load(
            f"{doors.plan.url('gateway')}/graphql",
            doors.token(Wanted("operator", unit="hq", subject="bench")),
        )
        try:
            await enrol(pool, chosen.members)
            found = await ask_all(load, pool, chosen)
        finally:
            await pool.close()
            load.close()
    return report(chosen, *found)


async def enrol(pool: "asyncpg.Pool[asyncpg.Record]", members: int) -> None:
    for first in range(1, members + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, members)
        for statement in (MEMBERS, WALLETS, POSTINGS, LOTS):
            await pool.execute(statement, first, last)
    await pool.execute("VACUUM ANALYZE wallet")


async def ask_all(
    load: Load, pool: "asyncpg.Pool[asyncpg.Record]", chosen: argparse.Namespace
) -> list[Times]:
    rows = await pool.fetch(
        "SELECT id, customer_id FROM points_account TABLESAMPLE BERNOULLI ($1) LIMIT $2",
        min(100.0, 200 * SAMPLE / chosen.members),
        SAMPLE,
    )
    accounts: list[UUID] = [row["id"] for row in rows]
    customers: list[UUID] = [row["customer_id"] for row in rows]
    return [
        await at_rate(ask, ids, chosen.rate, chosen.seconds)
        for ask, ids in (
            (asking(load, OF_CUSTOMER), customers),
            (asking(load, OF_ACCOUNT), accounts),
            (lambda id_: pool.fetchval(BARE, id_), accounts),
        )
    ]


def report(
    chosen: argparse.Namespace, of_customer: Times, of_account: Times, bare: Times
) -> Report:
    return Report(
        name="balance",
        data={
            "members": chosen.members,
            "rate_per_second": chosen.rate,
            "seconds": chosen.seconds,
        },
        figures={
            f"{name}_{share}_ms": getattr(times, share)
            for name, times in (("of_customer", of_customer), ("of_account", of_account))
            for share in ("p50", "p95", "p99")
        },
        limits={"p95_ms": BOUND_MS, "bare_p95_ms": bare.p95},
        ratios={
            "of_customer_p95": of_customer.p95 / BOUND_MS,
            "of_account_p95": of_account.p95 / BOUND_MS,
        },
    )
