"""Draws from one lottery with everything on, against one hot row in pgbench; and checking them offline."""

import argparse
import asyncio
import hashlib
import hmac
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import uvloop

from bench import pgbench
from bench.report import Report, median, quantile
from bench.stage import servers
from kit.database import Database
from kit.gathering import Gathering
from kit.models import utcnow, uuid7
from local.postgres import PostgresServer
from loyalty.app import loyalty
from loyalty.drafted import by_code
from loyalty.lottery.commands import draw, opening
from loyalty.lottery.models import Lottery
from loyalty.lottery.models.draws import Chance, Drawn
from loyalty.lottery.models.terms import Prize, Terms
from loyalty.lottery.queries import draws_after, open_epochs
from loyalty.lottery.table import checked_table

DATABASE = "loyalty"
CODE = "wheel"
MEMBERS = 2_000
PAGE = 5_000
VERIFY = Path(__file__).parents[1] / "services/loyalty/verify/verify_draws.py"
TABLE = [
    Prize("jackpot", "88 yuan", "money", 100, amount=8_800, currency="cash_back", stock=50, per_day=5),
    Prize("points", "Ten points", "points", 199_900, amount=10),
    Prize("blank", "Next time", "blank", 800_000),
]  # fmt: skip
ACCOUNTS = """
INSERT INTO points_account (id, created_at, customer_id, unit, facts_version)
SELECT uuidv7(), now(), uuidv7(), 'hq', 1 FROM generate_series(1, {members});
CREATE TABLE bare_pool (id int PRIMARY KEY, draws bigint);
INSERT INTO bare_pool VALUES (1, 0);
CREATE TABLE bare_draw (number bigint PRIMARY KEY, client_seed text)
"""
BARE = """
BEGIN;
UPDATE bare_pool SET draws = draws + 1 WHERE id = 1 RETURNING draws \\gset
INSERT INTO bare_draw VALUES (:draws, 'c0ffee');
COMMIT;
"""


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench lottery")
    parser.add_argument("--seconds", type=int, default=4, help="per round and contender")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    with servers() as (postgres, _), tempfile.TemporaryDirectory() as folder:
        return uvloop.run(measure(postgres, asked, Path(folder)))


async def measure(postgres: PostgresServer, asked: argparse.Namespace, folder: Path) -> Report:
    url = "postgresql+asyncpg://" + postgres.create_database(DATABASE).partition("://")[2]
    await loyalty.migrating.upgrade(url)
    postgres.ask(ACCOUNTS.format(members=MEMBERS), DATABASE)
    db = Database(url)
    await a_lottery(db)
    customers = [row[0] for row in await db.call("SELECT customer_id FROM points_account")]
    ours, bare, took = [], [], list[float]()
    for _ in range(asked.rounds):
        bare.append(await asyncio.to_thread(bare_draws, postgres, asked))
        found = await draws(db, customers, asked)
        ours.append(len(found) / asked.seconds)
        took += found
    file = folder / "epoch.json"
    count = await write_epoch(db, file)
    await db.close()
    checked = await asyncio.to_thread(checks_per_second, file, count)
    hashes = await asyncio.to_thread(hashes_per_second)
    return Report(
        name="lottery",
        data={"clients": asked.clients, "members": MEMBERS, "draws": count, "rounds": asked.rounds},
        figures={
            "draws_per_second": median(ours),
            "draw_p99_ms": quantile(took, 0.99) * 1e3,
            "draws_verified_per_second": checked,
        },
        limits={
            "pgbench_one_hot_row_per_second": median(bare),
            "hmac_and_sha256_per_second": hashes,
        },
        ratios={
            "pgbench": median([a / b for a, b in zip(ours, bare, strict=True)]),
            "hashes": checked / hashes,
        },
    )


async def a_lottery(db: Database) -> None:
    terms = Terms(
        code=CODE,
        name="Wheel",
        unit="hq",
        tiers=[],
        segments=[],
        price=0,
        draws_in_all=None,
        draws_per_day=None,
        wins_in_all=None,
        time_zone="UTC",
        ends_at=utcnow() + timedelta(days=9),
        prizes=checked_table(TABLE),
    )
    async with db.transaction() as session:
        await opening.draft_lottery(session, terms, "ann")
    async with db.transaction() as session:
        await opening.open_lottery(session, CODE, "bob")


async def draws(db: Database, customers: Sequence[UUID], asked: argparse.Namespace) -> list[float]:
    """How long each draw took, with chain, stock, limits, ledger and events."""
    drawing: Gathering[Chance, Drawn] = Gathering(draw)
    until = time.perf_counter() + asked.seconds
    took: list[float] = []

    async def client(number: int) -> None:
        while time.perf_counter() < until:
            number = (number + 7919) % len(customers)
            began = time.perf_counter()
            chance = Chance(CODE, customers[number], "request", uuid7(), "c0ffee" * 4)
            drawn = await drawing.ask(db, CODE, chance)
            took.append(time.perf_counter() - began)
            if drawn.refusal is not None:
                raise AssertionError(drawn.reason)

    await asyncio.gather(*(client(number) for number in range(asked.clients)))
    return took


def bare_draws(postgres: PostgresServer, asked: argparse.Namespace) -> float:
    """Transactions a second that each count up one row and insert another."""
    return pgbench.per_second(
        postgres, DATABASE, BARE, clients=asked.clients, seconds=asked.seconds
    )


async def write_epoch(db: Database, file: Path) -> int:
    """The epoch as everybody gets it; how many draws it has."""
    async with db.transaction() as session:
        lottery = await by_code(session, Lottery, CODE)
        epoch = (await open_epochs(session, [lottery.id]))[lottery.id]
        await opening.close_lottery(session, CODE)
    told: list[dict[str, Any]] = []
    async with db.reading() as session:
        while page := await draws_after(session, epoch.id, len(told), PAGE):
            told += [{**each.record(), "link": each.link} for each in page]
    content = {
        "opening": epoch.opening,
        "opening_hash": epoch.opening_hash,
        "seed": epoch.seed,
        "count": epoch.draws,
        "head": epoch.head,
        "draws": told,
    }
    await asyncio.to_thread(file.write_bytes, orjson.dumps(content))
    return len(told)


def checks_per_second(file: Path, count: int) -> float:
    """By the published command, its start and the reading of the file included."""
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [sys.executable, VERIFY, "--json", file], check=True, capture_output=True
    )
    seconds = time.perf_counter() - began
    if not json.loads(done.stdout)["verified"]:
        raise AssertionError(done.stdout)
    return count / seconds


def hashes_per_second() -> float:
    """What a draw can't be checked without: one HMAC and one SHA-256 of what it says."""
    said, key = b"x" * 230, b"k" * 32
    began = time.perf_counter()
    times = 100_000
    for _ in range(times):
        hashlib.sha256(hmac.digest(key, said, "sha256") + said).hexdigest()
    return times / (time.perf_counter() - began)
