"""Segments at scale: previews, a snapshot, a new rule, and events that move tags and memberships."""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from sqlalchemy import text

from bench.report import Report, quantile
from bench.segments.data import DECLARE, FILL, HANDWRITTEN, ID, TAG_RULE, other_rules, preview_rule
from bench.segments.streaming import TimedHearing, events
from bench.stage import servers, working
from customer.app import customer
from customer.reckoning.pages import reckon_next_page
from kit.testing.harness import Harness
from kit.testing.issuer import Issuer
from local.nats import NatsServer
from local.postgres import PostgresServer

FILLED_AT_ONCE = 20_000
PREVIEW = (
    "query ($rule: PredicateInput!) { segmentPreview(rule: $rule, unit: "
    '"hq") { count exact low high sample { id name } } }'
)
DEFINE = "mutation ($input: TagDefinitionInput!) { defineTag(input: $input) { __typename } }"
CREATE = (
    "mutation ($input: NewSegmentInput!) { createSegment(input: $input) "
    "{ ... on SegmentWasChanged { segment { id } } } }"
)
SNAPSHOT = (
    "mutation ($id: UUID!) { takeSegmentSnapshot(id: $id) "
    "{ ... on SegmentSnapshotWasTaken { snapshot { size } } } }"
)


def main(arguments: Sequence[str]) -> Report:
    os.environ.setdefault("ENVIRONMENT", "local")
    parser = argparse.ArgumentParser(prog="./just bench segments")
    parser.add_argument("--customers", type=int, default=100_000, help="and a tenth of them before")
    parser.add_argument("--segments", type=int, default=100, help="besides those that events move")
    parser.add_argument("--previews", type=int, default=40)
    parser.add_argument("--rate", type=int, default=1_000, help="events a second")
    parser.add_argument("--seconds", type=int, default=10)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, servers() as (postgres, broker):
        return uvloop.run(measure(postgres, broker, Issuer(Path(folder)), chosen))


async def measure(
    postgres: PostgresServer, broker: NatsServer, issuer: Issuer, chosen: argparse.Namespace
) -> Report:
    found: dict[str, dict[str, float]] = {}
    for size in (chosen.customers // 10, chosen.customers):
        name = f"customer_{size}"
        found[name] = await measure_at(size, name, postgres, broker, issuer, chosen)
    small, large = found.values()
    figures = {key: value for key, value in large.items() if not key.startswith("limit_")}
    limits = {key.removeprefix("limit_"): v for key, v in large.items() if key.startswith("limit_")}
    return Report(
        name="segments",
        data={
            "customers": chosen.customers,
            "segments": chosen.segments,
            "previews": chosen.previews,
            "events": chosen.rate * chosen.seconds,
            "rate_per_second": chosen.rate,
        },
        figures=figures | {f"{key}_at_a_tenth": small[key] for key in figures},
        limits=limits | {"preview_p95_ms": 1_000, "snapshot_seconds": 10, "event_p99_ms": 2_000},
        ratios={
            "preview": large["preview_p95_ms"] / large["limit_handwritten_count_ms"],
            "snapshot": large["snapshot_seconds"] / large["limit_handwritten_copy_seconds"],
            "cost_of_an_event_growth": large["event_cpu_ms"] / small["event_cpu_ms"],
            "preview_growth": large["preview_p95_ms"] / small["preview_p95_ms"],
        },
    )


async def measure_at(
    size: int,
    name: str,
    postgres: PostgresServer,
    broker: NatsServer,
    issuer: Issuer,
    chosen: argparse.Namespace,
) -> dict[str, float]:
    url = postgres.create_database(name)
    asyncpg_url = "postgresql+asyncpg://" + url.partition("://")[2]
    await customer.migrating.upgrade(asyncpg_url)
    await fill(url, size)
    running = working(customer, url, broker, issuer)
    hearing = TimedHearing(running.database, customer.reactions)
    hearing.ages = []
    running.hearing = hearing
    harness = Harness(running, issuer)
    marketer = issuer.token("marketer", unit="hq", seconds=36_000)
    found: dict[str, float] = {}
    try:
        found |= await previews(harness, marketer, size, chosen.previews)
        found |= await define(harness, marketer, size, chosen.segments)
        found |= await snapshot(harness, marketer, size)
        await running.start()
        found |= await events(harness, hearing, broker, size, chosen)
    finally:
        await harness.close()
    return found


async def fill(url: str, size: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(DECLARE)
    for first in range(1, size + 1, FILLED_AT_ONCE):
        last = min(first + FILLED_AT_ONCE - 1, size)
        for statement in FILL:
            filled = statement
            for name, value in (("first", first), ("last", last), ("id", ID)):
                filled = filled.replace(f"{{{name}}}", str(value))
            await connection.execute(filled)
        sys.stderr.write(f"\rcustomers: {last:,} of {size:,} ")
    sys.stderr.write("\n")
    for table in ("customer", "activity_day", "segment_member"):
        await connection.execute(f"VACUUM ANALYZE {table}")
    await connection.close()


async def previews(harness: Harness, marketer: str, size: int, many: int) -> dict[str, float]:
    """Each with other constants, as while somebody edits; the limit counts the same by hand."""
    chance = random.Random(size)  # noqa: S311  # the same each time
    taken = []
    for _ in range(many):
        asked = partial(harness.graph, PREVIEW, as_=marketer, rule=preview_rule(chance))
        taken.append(await timed(asked))
    async with harness.db.reading() as session:
        by_hand = [await timed(lambda: session.execute(text(HANDWRITTEN))) for _ in range(3)]
    return {
        "preview_p95_ms": quantile(taken, 0.95) * 1e3,
        "preview_p50_ms": quantile(taken, 0.5) * 1e3,
        "limit_handwritten_count_ms": min(by_hand) * 1e3,
    }


async def define(harness: Harness, marketer: str, size: int, segments: int) -> dict[str, float]:
    """The tag and segment that events move, and others; then all are asked of everybody."""
    rules = {"often-here": TAG_RULE, **other_rules(segments)}
    tag = {"tag": "often-here", "name": "Often here", "unit": "hq", "rule": TAG_RULE}
    await harness.graph(DEFINE, as_=marketer, input=tag)
    for code, rule in rules.items():
        told = {"code": code, "name": code, "unit": "hq", "rule": rule}
        await harness.graph(CREATE, as_=marketer, input=told)
    started, answer, pages = time.perf_counter(), "more", 0
    while answer:
        async with harness.db.transaction() as session:
            answer = await reckon_next_page(session) or ""
        pages += 1
    taken = time.perf_counter() - started
    return {
        "reckoned_customers_per_second": size * (len(rules) + 1) / taken,
        "reckoning_pages": pages,
    }


async def snapshot(harness: Harness, marketer: str, size: int) -> dict[str, float]:
    """Of a fifth of the customers; the limit copies as many rows into a bare table."""
    told = {"code": "a-fifth", "name": "A fifth", "unit": "hq"}
    made = (await harness.graph(CREATE, as_=marketer, input=told))["createSegment"]["segment"]["id"]
    members = size // 5
    async with harness.db.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO segment_member SELECT :id, id, now() FROM customer ORDER BY id LIMIT :n"
            ),
            {"id": made, "n": members},
        )
        await session.execute(
            text(
                "CREATE TABLE bare (number int, customer_id uuid, PRIMARY KEY (number, customer_id))"
            )
        )
    async with harness.db.transaction() as session:
        by_hand = await timed(
            lambda: session.execute(
                text(f"INSERT INTO bare SELECT 1, id FROM customer ORDER BY id LIMIT {members}")  # noqa: S608
            )
        )
    taken = await timed(lambda: harness.graph(SNAPSHOT, as_=marketer, id=made))
    return {
        "snapshot_seconds": taken,
        "snapshot_members": members,
        "limit_handwritten_copy_seconds": by_hand,
    }


async def timed(act: Callable[[], Awaitable[Any]]) -> float:
    started = time.perf_counter()
    await act()
    return time.perf_counter() - started
