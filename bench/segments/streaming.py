"""Touchpoints at a rate, and how long each takes until tags and memberships have followed."""

import argparse
import asyncio
import gc
import multiprocessing
import random
import time
from collections.abc import Sequence
from uuid import uuid4

import nats
import orjson
from sqlalchemy import text

from bench.report import quantile
from kit import bus
from kit.hearing import Hearing
from kit.models import utcnow, uuid7
from kit.reactions import Message
from kit.testing.harness import Harness
from local.nats import NatsServer

TOUCHED = "octoreach.channel.touchpoint.reported.v1"


class TimedHearing(Hearing):
    """Notes how long after it was reported each event's effect was committed."""

    ages: list[float]

    async def _react(self, messages: Sequence[Message]) -> None:
        await super()._react(messages)
        now = utcnow()
        self.ages += [
            (now - type(now).fromisoformat(each.time)).total_seconds()
            for each in messages
            if each.subject == TOUCHED
        ]


async def events(
    harness: Harness,
    hearing: TimedHearing,
    broker: NatsServer,
    size: int,
    chosen: argparse.Namespace,
) -> dict[str, float]:
    """Touchpoints at a rate, so spread that every customer among them gets the tag once."""
    connection = await nats.connect(broker.url)
    js = connection.jetstream()
    await bus.ensure_stream(js, "CHANNEL", ["octoreach.channel.>"], replicas=1, retention_days=1)
    async with harness.db.reading() as session:
        ids = list((await session.scalars(text("SELECT id::text FROM customer"))).all())
    chance = random.Random(7)  # noqa: S311  # the same each time
    many = chosen.rate * chosen.seconds
    among = chance.sample(ids, min(len(ids), many // 4))
    gc.collect()
    cpu, wanted = time.process_time(), len(hearing.ages) + many
    sender = multiprocessing.get_context("spawn").Process(
        target=send, args=(broker.url, among, chosen.rate, many)
    )
    sender.start()
    async with asyncio.timeout(chosen.seconds * 4 + 60):
        while len(hearing.ages) < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    cpu = time.process_time() - cpu
    ages = hearing.ages[-many:]
    await js.delete_stream("CHANNEL")
    await connection.close()
    async with harness.db.reading() as session:
        moved = text("SELECT sum(joined) FROM segment_day")
        joined = (await session.execute(moved)).scalar_one()
    return {
        "event_p99_ms": quantile(ages, 0.99) * 1e3,
        "event_p50_ms": quantile(ages, 0.5) * 1e3,
        "event_cpu_ms": cpu / many * 1e3,
        "joined_in_all": float(joined),
    }


def send(url: str, ids: list[str], rate: int, many: int) -> None:
    asyncio.run(_send(url, ids, rate, many))


async def _send(url: str, ids: list[str], rate: int, many: int) -> None:
    connection = await nats.connect(url)
    js = connection.jetstream()
    started = time.perf_counter()
    for number in range(many):
        pause = started + number / rate - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        now = utcnow()
        about = ids[number % len(ids)]
        headers = bus.cloud_event_headers(
            event_id=uuid7(), subject=TOUCHED, about=about, time=now, source="/bench", trace=""
        )
        content = {
            "touchpoint_id": str(uuid4()),
            "customer_id": about,
            "kind": "visited",
            "channel_code": "app",
            "occurred_at": now.isoformat(),
            "properties": {},
        }
        await js.publish_async(TOUCHED, orjson.dumps(content), headers=headers)
    await js.publish_async_completed()
    await connection.close()
