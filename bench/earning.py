"""Points for a year and a half of purchases, again, and for many times as many; `--help`."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid5

import nats
import orjson
import uvloop
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from sqlalchemy import text

from bench.report import Report
from bench.stage import servers, working
from kit import bus
from kit.app import Running
from kit.database import Database
from kit.models import uuid7
from kit.testing.issuer import Issuer
from local.nats import NatsServer
from local.postgres import PostgresServer
from loyalty.app import loyalty

SECONDS = 60
IN_FULL = 69_659
LONGEST_SECONDS = 900
PLACED = "octoreach.channel.order.placed.v1"
SPACE = UUID("6f1c2c0e-3f0a-5d53-9f57-6f3c0c1e7a10")
STATE = text(
    "SELECT (SELECT count(*) FROM earning), (SELECT count(*) FROM posting), "
    "(SELECT coalesce(sum(balance), 0)::bigint FROM wallet), "
    "(SELECT coalesce(sum(amount), 0)::bigint FROM entry)"
)
HEARD = text("SELECT count(*) FROM inbox_receipt WHERE reaction LIKE '%earn_points_for_orders'")
TENTH = 10


@dataclass(frozen=True)
class Purchase:
    """One line of the file."""

    customer: str
    day: datetime
    amount_minor: int


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench earning")
    parser.add_argument(
        "--file", type=Path, help="CDNOW_master.txt; without it as many are made up"
    )
    parser.add_argument("--purchases", type=int, default=69_659, help="so many of them")
    parser.add_argument("--times", type=int, default=1, help="each as often, by others: growth")
    chosen = parser.parse_args(arguments)
    found = list(read(chosen.file) if chosen.file else made_up(chosen.purchases))
    purchases = list(by_others_too(found[: chosen.purchases], chosen.times))
    with tempfile.TemporaryDirectory() as folder, servers() as (postgres, broker):
        return uvloop.run(measure(purchases, postgres, broker, Issuer(Path(folder))))


def read(file: Path) -> Iterator[Purchase]:
    """Customer, date, number of CDs and dollars, separated by blanks, after one header line."""
    for line in file.read_text().splitlines()[1:]:
        customer, day, _, dollars = line.split()
        when = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
        yield Purchase(customer, when, int(Decimal(dollars) * 100))


def made_up(many: int) -> Iterator[Purchase]:
    """A third as many customers, some of whom buy a hundred times as often as others."""
    chance = random.Random(1)  # noqa: S311  # the same each time
    start = datetime(1997, 1, 1, tzinfo=UTC)
    for _ in range(many):
        customer = int(chance.random() ** 2 * many / 3)
        day = start + timedelta(days=chance.randrange(546))
        yield Purchase(str(customer), day, round(chance.lognormvariate(3.3, 0.7) * 100))


def by_others_too(purchases: Sequence[Purchase], times: int) -> Iterator[Purchase]:
    """The same again and again, each time by customers of their own."""
    for turn in range(times):
        for each in purchases:
            yield replace(each, customer=f"{each.customer}/{turn}")


async def measure(
    purchases: Sequence[Purchase], postgres: PostgresServer, broker: NatsServer, issuer: Issuer
) -> Report:
    url = postgres.create_database("loyalty")
    asyncpg_url = "postgresql+asyncpg://" + url.partition("://")[2]
    await loyalty.migrating.upgrade(asyncpg_url)
    db = Database(asyncpg_url)
    running = working(loyalty, url, broker, issuer)
    first, second = await earn_twice(purchases, running, db, broker)
    before, after = first.found, second.found
    await db.close()
    expected = sum(each.amount_minor // 100 for each in purchases)
    if before != after or before[2:] != (expected, 0):
        raise AssertionError(f"{expected} points expected: {before}, then {after}")
    limit = SECONDS * len(purchases) / IN_FULL
    return Report(
        name="earning",
        data={
            "purchases": len(purchases),
            "customers": len({each.customer for each in purchases}),
        },
        figures={
            "seconds": first.seconds,
            "purchases_per_second": len(purchases) / first.seconds,
            "purchases_per_second_in_the_second_tenth": first.pace(2),
            "purchases_per_second_in_the_last_tenth": first.pace(-1),
            "service_cpu_seconds": first.cpu_seconds,
            "seconds_of_the_same_again": second.seconds,
            "points": float(before[2]),
            "changed_by_the_same_again": 0.0,
        },
        limits={"seconds": limit},
        ratios={"seconds": first.seconds / limit, "growth": first.pace(2) / first.pace(-1)},
    )


@dataclass(frozen=True)
class Earned:
    """How long it took, when each tenth was reached, and what is there then."""

    reached: Sequence[tuple[float, int]]
    cpu_seconds: float
    found: tuple[int, ...]

    @property
    def seconds(self) -> float:
        return self.reached[-1][0]

    def pace(self, until: int) -> float:
        """Events a second from one mark to the next."""
        (began, before), (ended, done) = self.reached[until - 1], self.reached[until]
        return (done - before) / (ended - began)


async def earn_twice(
    purchases: Sequence[Purchase], running: Running, db: Database, broker: NatsServer
) -> list[Earned]:
    """How long it took, and what is there then: at first, and when all is told anew."""
    connection = await nats.connect(broker.url)
    js = connection.jetstream()
    await bus.ensure_stream(js, "CHANNEL", ["octoreach.channel.>"], replicas=1, retention_days=1)
    found = []
    try:
        for times in (1, 2):
            await publish(connection, purchases)
            began = time.process_time()
            if times == 1:
                await running.start()
            reached = await heard(connection, db, len(purchases), times)
            took = time.process_time() - began
            async with db.reading() as session:
                state = tuple((await session.execute(STATE)).one())
            found.append(Earned(reached, took, state))
    finally:
        await running.stop()
        await connection.close()
    return found


async def publish(connection: Client, purchases: Sequence[Purchase]) -> None:
    """All of them, with new ids of the events and the same ids of the orders."""
    js = connection.jetstream(publish_async_max_pending=4_000)
    for number, each in enumerate(purchases):
        customer = str(uuid5(SPACE, each.customer))
        content = {
            "order_id": str(uuid5(SPACE, f"{number}")),
            "customer_id": customer,
            "channel_code": "web",
            "partner_code": None,
            "unit": "hq",
            "amount_minor": each.amount_minor,
            "currency": "CNY",
            "lines": [{"product_code": "cd", "quantity": 1, "amount_minor": each.amount_minor}],
            "placed_at": each.day.isoformat(),
        }
        headers = bus.cloud_event_headers(
            event_id=uuid7(),
            subject=PLACED,
            about=customer,
            time=datetime.now(UTC),
            source="/bench",
            trace="",
        )
        await js.publish_async(PLACED, orjson.dumps(content), headers=headers)
    await js.publish_async_completed()


async def heard(connection: Client, db: Database, many: int, times: int) -> list[tuple[float, int]]:
    """Wait until all were reacted to; after how many seconds how many were, by tenths.

    The stream says it without work for the database, which is asked in the end.
    """
    js, started, reached = connection.jetstream(), time.perf_counter(), [(0.0, 0)]
    async with asyncio.timeout(LONGEST_SECONDS):
        while reached[-1][1] < many:
            await asyncio.sleep(0.1)
            done = await acknowledged(js) - many * (times - 1)
            if done >= min(reached[-1][1] + many / TENTH, many):
                reached.append((time.perf_counter() - started, done))
                sys.stderr.write(f"\rheard: {done:,} of {many:,} ")
    sys.stderr.write("\n")
    async with db.reading() as session:
        heard = (await session.execute(HEARD)).scalar_one()
    if heard != many * times:
        raise AssertionError(f"{heard} were heard of {many * times}")
    return reached


async def acknowledged(js: JetStreamContext) -> int:
    """How many events the service has acknowledged; none before it listens."""
    try:
        told = await js.consumer_info("CHANNEL", loyalty.name)
    except NotFoundError:
        return 0
    return told.ack_floor.stream_seq if told.ack_floor else 0
