"""Codes made in bulk against bare COPY, one code that many want at once, and what asking takes."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import uvloop

from bench.by_id import started
from bench.report import Report, median, quantile
from bench.stage import environment_of, servers
from kit.database import Database
from kit.models import utcnow, uuid7
from kit.testing.issuer import Issuer
from local.postgres import PostgresServer
from loyalty.app import loyalty
from loyalty.voucher_batches.commands.making import begin_batch, make_vouchers
from loyalty.voucher_types.commands.types import activate_type, draft_type
from loyalty.vouchers.codes import new_codes
from loyalty.vouchers.commands import NewVoucher, issue_vouchers
from loyalty.vouchers.commands.spending import redeem_vouchers
from loyalty.vouchers.errors import VouchersDoNotApply
from loyalty.vouchers.queries import Cart
from loyalty.vouchers.stacking import Line

ROUNDS = 3
PEER_PER_SECOND = 100_000 / 60
"""What a large commercial vendor says of itself: a campaign of 100,000 vouchers in 60 seconds."""
PEER_P95_MS = {"quote": 220, "redeem": 350}
LIMIT, CLIENTS = 50, 200
ASKING = 4
TERMS: dict[str, Any] = {
    "name": "Ten off",
    "unit": "hq",
    "discount": "fixed",
    "currency": "CNY",
    "amount_minor": 1_000,
    "lowest_tier": None,
    "single_code": None,
}
MEMBERS = """
INSERT INTO points_account (id, created_at, customer_id, unit, facts_version)
SELECT uuidv7(), now(), uuidv7(), 'hq', 0 FROM generate_series(1, {members});
CREATE TABLE copied (LIKE voucher INCLUDING ALL,
  FOREIGN KEY (type_id) REFERENCES voucher_type, FOREIGN KEY (batch_id) REFERENCES voucher_batch)
"""
COLUMNS = ("id", "created_at", "type_id", "batch_id", "code", "pooled", "state")
QUOTE = """query ($cart: VoucherCartInput!) { voucherQuote(cart: $cart) {
  ... on VoucherQuote { total { minor } applied { code } } } }"""
REDEEM = """mutation ($cart: VoucherCartInput!, $key: String!, $order: UUID!) {
  redeemVouchers(cart: $cart, idempotencyKey: $key, orderId: $order) {
  ... on VouchersWereRedeemed { redemption { total { minor } } } } }"""


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench vouchers")
    parser.add_argument("--size", type=int, default=100_000, help="of a batch; 1000000 in full")
    parser.add_argument("--requests", type=int, default=400, help="of each kind")
    asked = parser.parse_args(arguments)
    with servers() as (postgres, broker), tempfile.TemporaryDirectory() as folder:
        issuer = Issuer(Path(folder))
        environment = environment_of(postgres.create_database("loyalty"), broker, issuer)
        return uvloop.run(measure(postgres, environment, issuer, asked))


async def measure(
    postgres: PostgresServer,
    environment: dict[str, str],
    issuer: Issuer,
    asked: argparse.Namespace,
) -> Report:
    url = "postgresql+asyncpg://" + environment["DATABASE_URL"].partition("://")[2]
    await loyalty.migrating.upgrade(url)
    postgres.ask(MEMBERS.format(members=max(CLIENTS, asked.requests)), "loyalty")
    db = Database(url, pool_size=20)
    await stage(db)
    rates: dict[str, list[float]] = {"ours": [], "copy": []}
    for _ in range(ROUNDS):
        rates["ours"].append(asked.size / await timed(lambda: make_batch(db, asked.size)))
        rates["copy"].append(asked.size / await copy(postgres, asked.size))
    customers = [row.customer_id for row in await db.call("SELECT customer_id FROM points_account")]
    redeemed = await rush(db, customers[:CLIENTS])
    codes = await issued(db, customers[: asked.requests])
    with started(["-m", "loyalty", "serve"], environment) as (_, port):
        token = issuer.token("front_line", unit="hq")
        await answers(port, token, QUOTE, codes)
        quotes = await answers(port, token, QUOTE, codes)
        redemptions = await answers(port, token, REDEEM, codes)
    await db.close()
    return report(asked, rates, redeemed, quotes, redemptions)


def report(
    asked: argparse.Namespace,
    rates: dict[str, list[float]],
    redeemed: int,
    quotes: list[float],
    redemptions: list[float],
) -> Report:
    ours, copied = median(rates["ours"]), median(rates["copy"])
    at = {
        f"{name}_{label}_ms": quantile(took, share) * 1e3
        for name, took in (("quote", quotes), ("redeem", redemptions))
        for label, share in (("median", 0.5), ("p95", 0.95))
    }
    return Report(
        name="vouchers",
        data={
            "batch": asked.size,
            "rounds": ROUNDS,
            "requests": asked.requests,
            "connections": ASKING,
            "clients_at_once": CLIENTS,
        },
        figures={
            "codes_per_second": ours,
            "seconds_per_100000": 100_000 / ours,
            f"redeemed_of_a_limit_of_{LIMIT}": redeemed,
            **at,
        },
        limits={
            "copy_per_second": copied,
            "peer_per_second": PEER_PER_SECOND,
            **{f"peer_{name}_p95_ms": each for name, each in PEER_P95_MS.items()},
        },
        ratios={
            "copy": median([a / b for a, b in zip(rates["ours"], rates["copy"], strict=True)]),
            "peer": ours / PEER_PER_SECOND,
            **{name: at[f"{name}_p95_ms"] / each for name, each in PEER_P95_MS.items()},
        },
    )


async def timed(act: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await act()
    return time.perf_counter() - begun


async def stage(db: Database) -> None:
    types: dict[str, dict[str, Any]] = {
        "unique": {"coding": "unique", "stack_group": "unique"},
        "public": {
            "coding": "single",
            "single_code": "RUSH",
            "most_redemptions": LIMIT,
            "stack_group": "public",
        },
    }
    for code, more in types.items():
        async with db.transaction() as session:
            await draft_type(session, {**TERMS, **more, "code": code}, "hq", "ada")
            await activate_type(session, code, "hq", "bob")


async def make_batch(db: Database, size: int) -> None:
    """As the service does it: in chunks, each a transaction with its progress and figures."""
    async with db.transaction() as session:
        await begin_batch(session, "unique", size, "hq", "bench")
    more = True
    while more:
        async with db.transaction() as session:
            more = await make_vouchers(session) is not None


async def copy(postgres: PostgresServer, size: int) -> float:
    """Seconds that PostgreSQL takes for as many rows in a table with the same rules and indexes."""
    connection = await asyncpg.connect(postgres.url("loyalty"))
    batch = await connection.fetchrow("SELECT type_id, id FROM voucher_batch LIMIT 1")
    same = (utcnow(), batch["type_id"], batch["id"])
    rows = [(uuid7(), *same, each, False, "open") for each in new_codes(size)]
    took = await timed(
        lambda: connection.copy_records_to_table("copied", records=rows, columns=COLUMNS)
    )
    await connection.close()
    return took


async def rush(db: Database, customers: Sequence[UUID]) -> int:
    """How many of these get the public code when all want it at once."""

    async def redeem(customer: UUID) -> int:
        cart = Cart(customer, "CNY", [Line("plan", 1, 10_000)], ["RUSH"])
        try:
            async with db.transaction() as session:
                await redeem_vouchers(session, cart, "bench", uuid7())
        except VouchersDoNotApply:
            return 0
        return 1

    return sum(await asyncio.gather(*(redeem(each) for each in customers)))


async def issued(db: Database, customers: Sequence[UUID]) -> list[tuple[UUID, str]]:
    wanted = [NewVoucher("unique", each, "bench", uuid7()) for each in customers]
    async with db.transaction() as session:
        found = await issue_vouchers(session, wanted)
    return [(each.customer_id, one.code or "") for each, one in zip(wanted, found, strict=True)]


async def answers(
    port: int, token: str, query: str, codes: Sequence[tuple[UUID, str]]
) -> list[float]:
    """How long each request took over HTTP, asked on a few connections."""
    headers = {"authorization": f"Bearer {token}"}
    took: list[float] = []

    async def one(client: httpx.AsyncClient, customer: UUID, code: str) -> None:
        cart: dict[str, Any] = {
            "customerId": str(customer),
            "currency": "CNY",
            "codes": [code],
            "lines": [{"productCode": "plan", "amountMinor": 10_000}],
        }
        variables: dict[str, Any] = {"cart": cart}
        if query is REDEEM:
            variables |= {"key": str(uuid7()), "order": str(uuid7())}
        begun = time.perf_counter()
        answer = await client.post("/graphql", json={"query": query, "variables": variables})
        took.append(time.perf_counter() - begun)
        if '"total"' not in answer.text:
            raise AssertionError(answer.text)

    async def some(first: int) -> None:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, headers=headers) as client:
            for each in codes[first::ASKING]:
                await one(client, *each)

    await asyncio.gather(*(some(first) for first in range(ASKING)))
    return took
