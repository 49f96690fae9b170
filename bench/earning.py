"""Points for a year and a half of purchases, and for the same ones again; `--help`."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid5

import nats
import orjson
import uvloop
from nats.aio.client import Client
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
LONGEST_SECONDS = 900
PLACED = "octoreach.channel.order.placed.v1"
SPACE = UUID("6f1c2c0e-3f0a-5d53-9f57-6f3c0c1e7a10")
STATE = text(
    "SELECT (SELECT count(*) FROM earning), (SELECT count(*) FROM posting), "
    "(SELECT coalesce(sum(balance), 0)::bigint FROM wallet), "
    "(SELECT coalesce(sum(amount), 0)::bigint FROM entry)"
)
HEARD = text("SELECT count(*) FROM inbox_receipt WHERE reaction LIKE '%earn_points_for_orders'")


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
    chosen = parser.parse_args(arguments)
    found = list(read(chosen.file) if chosen.file else made_up(chosen.purchases))
    with tempfile.TemporaryDirectory() as folder, servers() as (postgres, broker):
        return uvloop.run(
            measure(found[: chosen.purchases], postgres, broker, Issuer(Path(folder)))
        )


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


async def measure(
    purchases: Sequence[Purchase], postgres: PostgresServer, broker: NatsServer, issuer: Issuer
) -> Report:
    url = postgres.create_database("loyalty")
    asyncpg_url = "postgresql+asyncpg://" + url.partition("://")[2]
    await loyalty.migrating.upgrade(asyncpg_url)
    db = Database(asyncpg_url)
    running = working(loyalty, url, broker, issuer)
    first, second = await earn_twice(purchases, running, db, broker)
    before, after = first[1], second[1]
    await db.close()
    expected = sum(each.amount_minor // 100 for each in purchases)
    if before != after or before[2:] != (expected, 0):
        raise AssertionError(f"{expected} points expected: {before}, then {after}")
    return Report(
        name="earning",
        data={
            "purchases": len(purchases),
            "customers": len({each.customer for each in purchases}),
        },
        figures={
            "seconds": first[0],
            "purchases_per_second": len(purchases) / first[0],
            "seconds_of_the_same_again": second[0],
            "points": float(before[2]),
            "changed_by_the_same_again": 0.0,
        },
        limits={"seconds": SECONDS},
        ratios={"seconds": first[0] / SECONDS},
    )


async def earn_twice(
    purchases: Sequence[Purchase], running: Running, db: Database, broker: NatsServer
) -> list[tuple[float, tuple[int, ...]]]:
    """How long it took, and what is there then: at first, and when all is told anew."""
    connection = await nats.connect(broker.url)
    js = connection.jetstream()
    await bus.ensure_stream(js, "CHANNEL", ["octoreach.channel.>"], replicas=1, retention_days=1)
    found = []
    try:
        for times in (1, 2):
            await publish(connection, purchases)
            started = time.perf_counter()
            if times == 1:
                await running.start()
            await heard(db, len(purchases) * times)
            took = time.perf_counter() - started
            async with db.reading() as session:
                found.append((took, tuple((await session.execute(STATE)).one())))
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


async def heard(db: Database, many: int) -> None:
    """Wait until so many events were reacted to, and say how many were."""
    async with asyncio.timeout(LONGEST_SECONDS):
        while True:
            async with db.reading() as session:
                done: int = (await session.execute(HEARD)).scalar_one()
            sys.stderr.write(f"\rheard: {done:,} of {many:,} ")
            if done >= many:
                break
            await asyncio.sleep(0.25)
    sys.stderr.write("\n")
