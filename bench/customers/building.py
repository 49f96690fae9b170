"""Customers and their timelines, made inside the database: as many as an operator has."""

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from local.folder import Folder
from local.running.databases import database_url
from local.running.plan import Plan

BATCH = 50_000
MONTHS = 12
CUSTOMERS = """
INSERT INTO customer (id, created_at, version, kind, status, name, unit, time_zone, sampling_key,
    attributes, identifiers, tags, holdings, consents, special_lists)
SELECT md5('c' || n)::uuid, now() - n % 3000 * interval '1 hour', 1, 'individual',
    (ARRAY['active', 'active', 'active', 'active', 'prospect', 'churned'])[1 + n % 6],
    (ARRAY['王', '李', '张', '刘', '陈'])[1 + n % 5] || '客' || n,
    'hq.p' || n % 31 || '.c' || n % 11 || '.o' || n % 97, 'Asia/Shanghai',
    substr(md5('s' || n), 1, 16),
    jsonb_build_object('gender', (ARRAY['female', 'male'])[1 + n % 2], 'tenure_months', n % 120,
        'has_partner', n % 3 = 0, 'has_dependents', n % 4 = 0,
        'contract', (ARRAY['monthly', 'yearly', 'two years'])[1 + n % 3],
        'payment', (ARRAY['card', 'bank', 'cash', 'wechat'])[1 + n % 4],
        'monthly_charges', (n % 10000) / 100.0, 'total_charges', (n % 1000000) / 100.0,
        'paperless', n % 5 < 3, 'birthday', ('1950-01-01'::date + (n % 20000)::int)::text,
        'data_left_mb', n % 30000, 'device', 'device ' || n % 400),
    jsonb_build_array(
        jsonb_build_object('scheme', 'crm', 'value', 'B-' || n),
        jsonb_build_object('scheme', 'msisdn', 'value', '+86139' || lpad(n::text, 8, '0'))),
    CASE WHEN n % 6 = 0 THEN '[{"tag": "senior", "source": "import", "expires_at": null}]'
        ELSE '[]' END::jsonb,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('product_code', 'product-' || (n + k) % 200,
        'since', '2024-03-01T00:00:00+00:00', 'until', null, 'source', 'import',
        'order_id', null)), '[]') FROM generate_series(1, n % 6) k),
    jsonb_build_array(jsonb_build_object('purpose', 'marketing', 'channel_kind', null,
        'granted', n % 10 > 0, 'since', '2024-03-01T00:00:00+00:00')),
    '[]'
FROM generate_series($1::bigint, $2::bigint) n ON CONFLICT DO NOTHING
"""
IDENTIFIERS = """
INSERT INTO identifier (scheme, value, customer_id)
SELECT 'crm', 'B-' || n, md5('c' || n)::uuid FROM generate_series($1::bigint, $2::bigint) n
UNION ALL
SELECT 'msisdn', '+86139' || lpad(n::text, 8, '0'), md5('c' || n)::uuid
FROM generate_series($1::bigint, $2::bigint) n ON CONFLICT DO NOTHING
"""
ENTRIES = """
INSERT INTO timeline_entry (customer_id, occurred_at, id, kind, source, title, details, heard_at)
SELECT md5('c' || (1 + floor(power(random(), 2) * $3)::bigint))::uuid, moment, gen_random_uuid(),
    kind, CASE kind WHEN 'touchpoint' THEN 'channel' WHEN 'order_placed' THEN 'channel'
        WHEN 'points_earned' THEN 'loyalty' ELSE 'campaign' END,
    initcap(replace(kind, '_', ' ')) || ' at place ' || n % 500,
    jsonb_build_array(jsonb_build_array('channel', 'channel-' || n % 40),
        jsonb_build_array('amount', (n % 9000)::text)), moment
FROM (SELECT n, now() - random() * interval '{months} months' AS moment,
    (ARRAY['touchpoint', 'touchpoint', 'touchpoint', 'touchpoint', 'decision', 'decision',
        'task_dispatched', 'task_progressed', 'order_placed', 'points_earned'])[1 + n % 10] AS kind
    FROM generate_series($1::bigint, $2::bigint) n) made
"""


@dataclass(frozen=True)
class Sizes:
    """How much is to be there. Some customers have a hundred times the entries of others."""

    customers: int
    entries: int


async def connect(folder: Path) -> "asyncpg.Connection[asyncpg.Record]":
    """To the customer service's database."""
    place = Folder(folder)
    url = database_url(place, Plan.read(place), "customer")
    return await asyncpg.connect(url, timeout=10, command_timeout=3_600)


async def build(folder: Path, sizes: Sizes) -> None:
    """Add what is missing, and leave the tables as autovacuum would."""
    connection = await connect(folder)
    try:
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS bench_built (customers bigint, entries bigint)"
        )
        row = await connection.fetchrow("SELECT * FROM bench_built")
        if row is None:
            await connection.execute("INSERT INTO bench_built VALUES (0, 0)")
        customers, entries = (row["customers"], row["entries"]) if row else (0, 0)
        await _make_months(connection)
        await connection.execute("SET synchronous_commit = off")
        await _fill(connection, "customers", customers, sizes.customers)
        await _fill(connection, "entries", entries, sizes.entries, sizes.customers)
        for table in ("customer", "identifier", "timeline_entry"):
            await connection.execute(f"VACUUM (ANALYZE) {table}")
    finally:
        await connection.close()


async def _fill(
    connection: "asyncpg.Connection[asyncpg.Record]", what: str, done: int, wanted: int, *more: int
) -> None:
    started = time.perf_counter()
    statements = (CUSTOMERS, IDENTIFIERS) if what == "customers" else (ENTRIES,)
    first = done
    while done < wanted:
        last = min(done + BATCH, wanted)
        async with connection.transaction():
            for statement in statements:
                await connection.execute(
                    statement.replace("{months}", str(MONTHS)), done + 1, last, *more
                )
            await connection.execute(f"UPDATE bench_built SET {what} = $1", last)  # noqa: S608
        done = last
        rate = (done - first) / (time.perf_counter() - started)
        sys.stderr.write(f"\r{what}: {done:,} of {wanted:,}, {rate:,.0f}/s ")
    sys.stderr.write("\n" if first < wanted else "")


async def _make_months(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The past months as the service would have made them, month by month."""
    now = datetime.now(UTC)
    for back in range(1, MONTHS + 1):
        begin, end = (_first_of(now.year * 12 + now.month - 1 - back + more) for more in (0, 1))
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS timeline.month_{begin:%Y_%m} PARTITION OF timeline_entry "
            f"FOR VALUES FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')"
        )


def _first_of(months: int) -> datetime:
    year, month = divmod(months, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)
