"""Profiles and timelines through the gateway at a rate, and the same rows from the database alone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.customers.building import connect
from bench.gateway.load import Load
from bench.rate import Times, asking, at_rate
from local.doors import Doors
from local.folder import Folder
from local.running.databases import database_url
from local.tokens import Wanted

SAMPLE = 5_000
PROFILE = """
query Profile($id: UUID!) { customer(id: $id) {
  id version kind status name unit timeZone identifiers { scheme value }
  attributes { name value } holdings { productCode since until } tags { tag expiresAt }
  consents { purpose channelKind granted } specialLists { list }
} }
"""
TIMELINE = """
query Timeline($id: UUID!) { customer(id: $id) { timeline(first: 20) {
  edges { node { id occurredAt kind source title details { name value } } }
  pageInfo { hasNextPage endCursor }
} } }
"""
PROFILE_SQL = "SELECT * FROM customer WHERE id = $1"
TIMELINE_SQL = (
    "SELECT * FROM timeline_entry WHERE customer_id = $1 "
    "ORDER BY occurred_at DESC, id DESC LIMIT 21"
)


@dataclass(frozen=True)
class Answers:
    """Through the gateway, and from the database alone."""

    profile: Times
    timeline: Times
    bare_profile: Times
    bare_timeline: Times

    def figures(self) -> dict[str, float]:
        return {
            f"{name}_{share}_ms": getattr(getattr(self, name), share)
            for name in ("profile", "timeline")
            for share in ("p50", "p95", "p99")
        }

    def limits(self) -> dict[str, float]:
        return {
            "bare_profile_p95_ms": self.bare_profile.p95,
            "bare_timeline_p95_ms": self.bare_timeline.p95,
        }


async def measured(folder: Path, rate: int, seconds: int) -> Answers:
    """At the same rate, each for itself, about customers drawn by chance."""
    ids = await _some_ids(folder)
    place = Folder(folder)
    async with Doors(place) as doors:
        token = doors.token(Wanted("front_line", unit="hq", subject="bench"))
        load = Load(f"{doors.plan.url('gateway')}/graphql", token)
        pool = await asyncpg.create_pool(
            database_url(place, doors.plan, "customer"), min_size=4, max_size=16
        )
        try:
            found = [
                await at_rate(ask, ids, rate, seconds)
                for ask in (
                    asking(load, PROFILE),
                    asking(load, TIMELINE),
                    _bare(pool, PROFILE_SQL),
                    _bare(pool, TIMELINE_SQL),
                )
            ]
        finally:
            await pool.close()
            load.close()
    return Answers(*found)


def _bare(pool: "asyncpg.Pool[asyncpg.Record]", sql: str) -> Callable[[UUID], Awaitable[object]]:
    return lambda id_: pool.fetch(sql, id_)


async def _some_ids(folder: Path) -> list[UUID]:
    connection = await connect(folder)
    try:
        count = await connection.fetchval("SELECT count(*) FROM customer")
        sample = "SELECT id FROM customer TABLESAMPLE BERNOULLI ($1) LIMIT $2"
        rows = await connection.fetch(sample, min(100.0, 200 * SAMPLE / max(1, count)), SAMPLE)
    finally:
        await connection.close()
    return [row["id"] for row in rows]
