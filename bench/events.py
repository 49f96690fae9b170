"""From commit to consumer through outbox and JetStream: latency at a rate, and draining a backlog."""

import argparse
import asyncio
import gc
import multiprocessing
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import nats
import uvloop
from nats.aio.client import Client
from sqlalchemy import text

from bench.report import Report, quantile
from bench.stage import servers
from kit import bus, tables
from kit.database import AsyncSession, Database
from kit.events import Event, Heard, record
from kit.hearing import Hearing
from kit.models import utcnow, uuid7
from kit.reactions import on
from kit.relay import Relay
from kit.worker import Worker
from local.nats import NatsServer
from local.postgres import PostgresServer

SUBJECT = "octoreach.bench.beat.felt.v1"
PAYLOAD = "x" * 400
INSERT = "INSERT INTO outbox (id, subject, about, time, content) VALUES ($1, $2, $3, $4, $5)"


class BeatFelt(Event):
    subject: ClassVar[str] = SUBJECT
    about: ClassVar[str] = "beat_id"

    beat_id: UUID
    sent_at: float
    payload: str = PAYLOAD


class Beat(Heard):
    sent_at: float


class Listener:
    """Notes how long each event took from just before its commit to its reaction."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def hear(self, _session: AsyncSession, events: list[Beat]) -> None:
        now = time.time()
        self.seconds += [now - event.sent_at for event in events]


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench events")
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--backlog", type=int, default=50_000)
    chosen = parser.parse_args(arguments)
    with servers() as (postgres, broker):
        return uvloop.run(measure(postgres, broker, chosen.rate, chosen.seconds, chosen.backlog))


async def measure(
    postgres: PostgresServer, broker: NatsServer, rate: int, seconds: int, backlog: int
) -> Report:
    db = await prepared(postgres)
    connection = await nats.connect(broker.url)
    await bus.ensure_stream(
        connection.jetstream(), "BENCH", ["octoreach.bench.>"], replicas=1, retention_days=1
    )
    try:
        drained = await drain_rate(postgres, db, connection, backlog)
        published = await publish_rate(connection, backlog)
        latencies = await at_rate(postgres, db, connection, rate, seconds)
    finally:
        await connection.close()
        await db.close()
    return Report(
        name="events",
        data={"rate_per_second": rate, "events": len(latencies), "backlog": backlog, "bytes": 400},
        figures={
            "p50_ms": quantile(latencies, 0.5) * 1e3,
            "p99_ms": quantile(latencies, 0.99) * 1e3,
            "drained_per_second": drained,
        },
        limits={
            "nats_py_pipelined_per_second": published,
            "p99_ms": 25,
            "disk_fsync_p99_ms": fsync_p99_ms(broker.folder),
        },
        ratios={
            "drained": drained / published,
            "p99": quantile(latencies, 0.99) * 1e3 / 25,
        },
    )


async def prepared(postgres: PostgresServer) -> Database:
    url = postgres.create_database("bench")
    db = Database("postgresql+asyncpg://" + url.partition("://")[2], pool_size=20)
    async with db.engine.begin() as connection:
        await connection.run_sync(tables.metadata.create_all)
        for statement in tables.ANNOUNCE_OUTBOX:
            await connection.execute(text(statement))
    return db


async def drain_rate(
    postgres: PostgresServer, db: Database, connection: Client, backlog: int
) -> float:
    """Events a second that a relay publishes of what piled up without it."""
    for _ in range(backlog // 1_000):
        async with db.transaction() as session:
            for _ in range(1_000):
                record(session, BeatFelt(beat_id=uuid7(), sent_at=time.time()))
    relay = asyncio.create_task(Relay(postgres.url("bench"), connection, source="/bench").run())
    started = time.perf_counter()
    while await waiting(db):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    elapsed = time.perf_counter() - started
    relay.cancel()
    return backlog / elapsed


def fsync_p99_ms(folder: Path, seconds: float = 5) -> float:
    """The limit under both servers: how long this disk takes to keep 4 KB, 200 times a second."""
    taken = []
    with (folder / "fsync").open("wb") as file:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            started = time.perf_counter()
            file.write(b"x" * 4_096)
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - started)
            time.sleep(0.005)
    return quantile(taken, 0.99) * 1e3


async def waiting(db: Database) -> bool:
    async with db.reading() as session:
        return bool((await session.execute(text("SELECT 1 FROM outbox LIMIT 1"))).first())


async def publish_rate(connection: Client, count: int) -> float:
    """The limit: the same events by nats-py alone, pipelined, without headers or database."""
    js = connection.jetstream()
    content = b'{"beat_id":"","sent_at":0,"payload":"%s"}' % PAYLOAD.encode()
    started = time.perf_counter()
    for _ in range(count // 1_000):
        futures = [await js.publish_async(SUBJECT, content) for _ in range(1_000)]
        await asyncio.gather(*futures)
    return count / (time.perf_counter() - started)


async def at_rate(
    postgres: PostgresServer, db: Database, connection: Client, rate: int, seconds: int
) -> list[float]:
    await connection.jetstream().purge_stream("BENCH")
    listener = Listener()
    reactions = [on(SUBJECT, listener.hear)]
    worker = Worker(
        name="bench",
        connection=connection,
        relay=Relay(postgres.url("bench"), connection, source="/bench"),
        hearing=Hearing(db, reactions),
        reactions=reactions,
        schedules=[],
        attempts=5,
        replicas=1,
        retention_days=1,
    )
    gc.collect()
    gc.freeze()  # as every service does when it has started
    worker.start()
    for pace, duration in ((200, 2), (rate, seconds)):
        listener.seconds.clear()
        sender = multiprocessing.get_context("spawn").Process(
            target=send_from_another_process, args=(postgres.url("bench"), pace, duration)
        )
        sender.start()
        async with asyncio.timeout(duration + 60):
            while len(listener.seconds) < pace * duration:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    await worker.stop()
    return listener.seconds


async def send(url: str, rate: int, seconds: int) -> None:
    """One transaction an event, started on the beat whatever became of the last."""
    pool = await asyncpg.create_pool(url, min_size=10, max_size=10)
    started = time.perf_counter()
    tasks: set[asyncio.Task[None]] = set()
    for number in range(rate * seconds):
        pause = started + number / rate - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        task = asyncio.create_task(commit_one(pool))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    await pool.close()


async def commit_one(pool: Any) -> None:
    beat = BeatFelt(beat_id=uuid7(), sent_at=time.time())
    content = beat.model_dump_json()
    await pool.execute(INSERT, uuid7(), SUBJECT, str(beat.beat_id), utcnow(), content)


def send_from_another_process(url: str, rate: int, seconds: int) -> None:
    gc.freeze()
    uvloop.run(send(url, rate, seconds))
