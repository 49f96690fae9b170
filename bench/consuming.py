"""Reading a stream with the kit's feed, against FastStream's pull subscriber."""

import argparse
import asyncio
import time
from collections.abc import Sequence

import nats
import uvloop
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.client import Client
from pydantic import BaseModel

from bench.report import Report
from bench.stage import servers
from kit.bus import Feed, cloud_event_headers, ensure_stream
from kit.events import Heard
from kit.models import utcnow, uuid7
from kit.worker import read_cloud_event

SUBJECT = "octoreach.bench.note.written.v1"
CONTENT = b'{"author":"ada","number":1}'
BATCH = 100


class Note(Heard):
    author: str


class PlainNote(BaseModel):
    author: str


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench consuming")
    parser.add_argument("--events", type=int, default=20_000)
    events = parser.parse_args(arguments).events
    with servers() as (_, broker):
        return uvloop.run(measure(broker.url, events))


async def measure(url: str, events: int) -> Report:
    connection = await nats.connect(url)
    await ensure_stream(
        connection.jetstream(), "BENCH", ["octoreach.bench.>"], replicas=1, retention_days=1
    )
    await fill(connection, events)
    ours, our_cpu = await with_the_kit(connection, events)
    theirs, their_cpu = await with_faststream(url, events)
    await connection.close()
    return Report(
        name="consuming",
        data={"events": events, "bytes": len(CONTENT)},
        figures={"events_per_second": ours, "cpu_us_per_event": our_cpu},
        limits={"faststream_events_per_second": theirs, "faststream_cpu_us_per_event": their_cpu},
        ratios={"events_per_second": ours / theirs, "cpu": our_cpu / their_cpu},
    )


async def fill(connection: Client, events: int) -> None:
    js = connection.jetstream()
    for _ in range(events // 1_000):
        headers = [
            cloud_event_headers(
                event_id=uuid7(), subject=SUBJECT, about="x", time=utcnow(), source="/b", trace=""
            )
            for _ in range(1_000)
        ]
        await asyncio.gather(
            *[await js.publish_async(SUBJECT, CONTENT, headers=each) for each in headers]
        )


async def with_the_kit(connection: Client, events: int) -> tuple[float, float]:
    feed = Feed(connection, "BENCH", "kit")
    started, cpu, read = time.perf_counter(), time.process_time(), 0
    await feed.open([SUBJECT])
    while read < events:
        for raw in await feed.batch(BATCH):
            message = await read_cloud_event(raw)
            if message is not None:
                message.read_as(Note)
            await raw.ack()
            read += 1
    return _figures(events, started, cpu)


async def with_faststream(url: str, events: int) -> tuple[float, float]:
    broker = NatsBroker(url, logger=None)
    read = 0
    done = asyncio.Event()

    @broker.subscriber(
        SUBJECT,
        stream=JStream("BENCH", declare=False),
        durable="faststream",
        pull_sub=PullSub(batch_size=BATCH, timeout=0.5),
    )
    async def hear(note: PlainNote) -> None:
        nonlocal read
        read += 1
        if read == events:
            done.set()

    started, cpu = time.perf_counter(), time.process_time()
    await broker.start()
    await done.wait()
    found = _figures(events, started, cpu)
    await broker.stop()
    return found


def _figures(events: int, started: float, cpu: float) -> tuple[float, float]:
    elapsed, spent = time.perf_counter() - started, time.process_time() - cpu
    return events / elapsed, spent / events * 1e6
