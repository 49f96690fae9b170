"""200 clients at once after 50 gifts, and redemptions a second, against a bare conditional UPDATE."""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from bench import pgbench
from bench.by_id import started
from bench.door import Door
from bench.report import Report, quantile
from bench.stage import environment_of, servers
from kit.database import Database
from kit.models import uuid7
from kit.testing.issuer import Issuer
from local.postgres import PostgresServer
from loyalty.points.commands import post
from loyalty.points.models import NewPosting

DATABASE = "loyalty"
SUSTAINED_CLIENTS = 8
PLENTY = 10**8
AT_ONCE = 500
UNIT = "hq.zj"
ACCOUNTS = """
INSERT INTO points_account (id, created_at, customer_id, unit, facts_version)
SELECT uuidv7(), now(), uuidv7(), '{unit}', 0 FROM generate_series(1, {members})
RETURNING id, customer_id
"""
REWARD = """
INSERT INTO reward (id, created_at, code, kind, state, name, description, unit, currency, price,
  money, cost_minor, segments, defined_by, published_at)
VALUES ($1, now(), $2, 'gift', 'live', 'A gift', '', $3, 'points', 10, 'CNY', 100, '{}', 'bench',
  now())
RETURNING id
"""
STOCK = "INSERT INTO reward_stock (reward_id, stocked, given) VALUES ($1, $2, 0) RETURNING given"
LEFT = """
SELECT stocked - given AS left, (SELECT count(*) FROM reward_given WHERE reward_id = $1) AS given
FROM reward_stock WHERE reward_id = $1
"""
BARE_STOCK = """
DROP TABLE IF EXISTS bare_stock;
CREATE TABLE bare_stock (id int PRIMARY KEY, stocked bigint, given bigint) WITH (fillfactor = 50);
INSERT INTO bare_stock VALUES (1, 1000000000, 0)
"""
BARE = """
UPDATE bare_stock SET given = given + 1 WHERE id = 1 AND given < stocked;
"""
REDEEM = """mutation ($i: RedeemRewardInput!) { redeemReward(input: $i) { __typename } }"""


class Shop(NamedTuple):
    """The service at work, and whose tokens open it."""

    port: int
    token: str
    db: Database
    members: Sequence[UUID]


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench rewards")
    parser.add_argument("--clients", type=int, default=200, help="at once")
    parser.add_argument("--gifts", type=int, default=50, help="how many there are for them")
    parser.add_argument("--rounds", type=int, default=3, help="of clients at once")
    parser.add_argument("--seconds", type=int, default=5, help="of sustained redemptions")
    asked = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        servers() as (postgres, broker),
        ExitStack() as open_,
    ):
        issuer = Issuer(Path(folder))
        environment = environment_of(postgres.create_database(DATABASE), broker, issuer)
        subprocess.run([sys.executable, "-m", "loyalty", "migrate"], env=environment, check=True)
        _, port = open_.enter_context(
            started(["-m", "loyalty", "serve", "--with-work"], environment)
        )
        return asyncio.run(measure(postgres, port, issuer.token("operator"), asked))


async def measure(
    postgres: PostgresServer, port: int, token: str, asked: argparse.Namespace
) -> Report:
    db = Database("postgresql+asyncpg://" + postgres.url(DATABASE).partition("://")[2])
    shop = Shop(port, token, db, await members(db, max(asked.clients, 200)))
    waited: list[float] = []
    for number in range(asked.rounds):
        waited += await rush(shop, f"rush-{number}", asked.clients, asked.gifts)
    bare = bare_updates(postgres, SUSTAINED_CLIENTS, asked.seconds)
    at_once = bare_updates(postgres, 50, asked.seconds)
    one_stock = await sustained(shop, "one-stock", PLENTY, asked.seconds)
    any_number = await sustained(shop, "any-number", None, asked.seconds)
    await db.close()
    return Report(
        name="rewards",
        data={"clients": asked.clients, "gifts": asked.gifts, "rounds": asked.rounds},
        figures={
            "p50_ms": quantile(waited, 0.5) * 1e3,
            "p99_ms": quantile(waited, 0.99) * 1e3,
            "redemptions_per_second_of_one_stock": one_stock,
            "redemptions_per_second_of_any_number": any_number,
        },
        limits={
            "pgbench_bare_update_per_second": bare,
            "pgbench_bare_update_of_50_clients_per_second": at_once,
        },
        ratios={
            "pgbench": one_stock / bare,
            "one_stock_to_any_number": one_stock / any_number,
        },
    )


async def members(db: Database, many: int) -> list[UUID]:
    """Members with more points than they can spend."""
    rows = await db.call(ACCOUNTS.format(unit=UNIT, members=many))
    granting = [
        NewPosting(
            account_id=row.id,
            key=f"grant:{row.id}",
            kind="grant",
            points=10**9,
            reason="bench",
            source_kind="request",
            source_id="bench",
        )
        for row in rows
    ]
    for first in range(0, many, AT_ONCE):
        async with db.transaction() as session:
            await post(session, granting[first : first + AT_ONCE])
    return [UUID(str(row.customer_id)) for row in rows]


async def define(db: Database, code: str, stock: int | None) -> UUID:
    reward = uuid7()
    await db.call(REWARD, reward, code, UNIT)
    if stock is not None:
        await db.call(STOCK, reward, stock)
    return reward


async def rush(shop: Shop, code: str, clients: int, gifts: int) -> list[float]:
    """How long each of the clients waited, all of them starting at the same moment."""
    reward = await define(shop.db, code, gifts)
    took: list[float] = []
    answers: Counter[str] = Counter()
    begin = asyncio.Event()

    async def client(customer: UUID) -> None:
        async with Door(shop.port, shop.token) as door:
            await begin.wait()
            began = time.perf_counter()
            answers[await redeem(door, customer, code)] += 1
            took.append(time.perf_counter() - began)

    waiting = [asyncio.ensure_future(client(each)) for each in shop.members[:clients]]
    await asyncio.sleep(1)
    begin.set()
    await asyncio.gather(*waiting)
    (row,) = await shop.db.call(LEFT, reward)
    expected = {"RewardWasRedeemed": gifts, "RewardNotAvailable": clients - gifts}
    if answers != expected or (row.left, row.given) != (0, gifts):
        raise AssertionError(f"{answers}, {row.left} left, {row.given} given")
    return took


async def sustained(shop: Shop, code: str, stock: int | None, seconds: float) -> float:
    """Redemptions a second of one reward by some clients, each for members of their own."""
    await define(shop.db, code, stock)
    done: list[float] = []
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        async with Door(shop.port, shop.token) as door:
            own = shop.members[number::SUSTAINED_CLIENTS]
            turn = 0
            while time.perf_counter() < end:
                turn += 1
                answer = await redeem(door, own[turn % len(own)], code)
                if answer != "RewardWasRedeemed":
                    raise AssertionError(answer)
                done.append(time.perf_counter())

    await asyncio.gather(*(client(number) for number in range(SUSTAINED_CLIENTS)))
    return len(done) / seconds


async def redeem(door: Door, customer: UUID, code: str) -> str:
    """The type of the answer."""
    wanted = {"customerId": customer, "rewardCode": code, "idempotencyKey": str(uuid7())}
    return str((await door.ask(REDEEM, {"i": wanted}))["redeemReward"]["__typename"])


def bare_updates(postgres: PostgresServer, clients: int, seconds: int) -> float:
    """Conditional updates a second of one row, and nothing else in the transaction."""
    postgres.ask(BARE_STOCK, DATABASE)
    return pgbench.per_second(postgres, DATABASE, BARE, clients=clients, seconds=seconds)
