"""500 customers grabbing a red packet of 100 parts through the graph, against bare SQL by pgbench."""

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from bench import pgbench
from bench.door import Door
from bench.report import Report, median, quantile
from bench.stage import servers, service
from kit.models import utcnow
from kit.testing.issuer import Issuer
from local.postgres import PostgresServer

DATABASE = "loyalty"
AMOUNT = 100_000
PEER_CLIENTS = 20
MEMBERS = """
INSERT INTO points_account (id, created_at, customer_id, unit, facts_version)
SELECT uuidv7(), now(), uuidv7(), 'hq', 1 FROM generate_series(1, {members})
"""
PARTS = """
DROP TABLE IF EXISTS bare_part;
CREATE TABLE bare_part (number int PRIMARY KEY, amount bigint, taken_by uuid);
INSERT INTO bare_part SELECT n, 1000 FROM generate_series(1, {parts}) AS n
"""
BARE = """
UPDATE bare_part SET taken_by = gen_random_uuid() WHERE number = (
  SELECT number FROM bare_part WHERE taken_by IS NULL ORDER BY number LIMIT 1
  FOR UPDATE SKIP LOCKED);
"""
DRAFT = """mutation ($input: DraftRedPacketInput!) { answer: draftRedPacket(input: $input)
  { __typename ... on Refusal { message } } }"""
OPEN = """mutation ($code: String!) { answer: openRedPacket(code: $code)
  { __typename ... on Refusal { message } } }"""
GRAB = """mutation ($input: GrabRedPacketInput!) { answer: grabRedPacket(input: $input)
  { __typename ... on RedPacketPartWasTaken { amount } } }"""
NOTHING = "query { __typename }"


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench red-packets")
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--parts", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, servers() as (postgres, broker):
        issuer = Issuer(Path(folder))
        with service(DATABASE, postgres, broker, issuer) as url:
            postgres.ask(MEMBERS.format(members=asked.clients), DATABASE)
            told = postgres.ask("SELECT customer_id FROM points_account", DATABASE)
            customers = [UUID(line) for line in str(told).split()]
            found = asyncio.run(measure(url, issuer, customers, asked))
        bare = [bare_p99_ms(postgres, asked) for _ in range(asked.rounds)]
    return report(asked, found, bare)


def report(
    asked: argparse.Namespace, found: dict[str, list[float]], bare: Sequence[float]
) -> Report:
    p99 = {name: median(values) * 1e3 for name, values in found.items()}
    return Report(
        name="red-packets",
        data={"clients": asked.clients, "parts": asked.parts, "rounds": asked.rounds},
        figures={
            "p99_ms_within_a_second": p99["second"],
            "p99_ms_all_at_once": p99["burst"],
            "whole_burst_ms": p99["whole"],
        },
        limits={
            "asked_p99_ms": 100,
            "pgbench_bare_sql_p99_ms": median(bare),
            "empty_queries_all_at_once_p99_ms": p99["door"],
        },
        ratios={
            "asked": p99["second"] / 100,
            "door": p99["burst"] / p99["door"],
            "pgbench": p99["second"] / median(bare),
        },
    )


async def measure(
    url: str, issuer: Issuer, customers: Sequence[UUID], asked: argparse.Namespace
) -> dict[str, list[float]]:
    """By round the p99: of a second in which all come, of all at once, and of empty queries."""
    found: dict[str, list[float]] = {"second": [], "burst": [], "whole": [], "door": []}
    port = httpx.URL(url).port or 0
    tokens = [issuer.token("customer", unit=None, customer=str(each)) for each in customers]
    crowd = Crowd(port, tokens)
    await crowd.all_ask(NOTHING, {}, within=1)
    for number in range(asked.rounds):
        took, _, _ = await crowd.all_ask(NOTHING, {}, within=0)
        found["door"].append(quantile(took, 0.99))
        for name, within in (("second", 1.0), ("burst", 0.0)):
            code = f"{name}-{number}"
            await opened(port, issuer, code, asked.parts)
            took, answers, whole = await crowd.grab(code, within)
            if name == "burst":
                found["whole"].append(whole)
            found[name].append(quantile(took, 0.99))
            require_exact(answers, asked.parts)
    return found


def require_exact(answers: Sequence[dict[str, Any]], parts: int) -> None:
    """Exactly as many as there are parts, and exactly the sum."""
    kinds = Counter(each["__typename"] for each in answers)
    total = sum(each.get("amount", 0) for each in answers)
    wanted = {"RedPacketPartWasTaken": parts, "RedPacketIsEmpty": len(answers) - parts}
    if kinds != Counter(wanted) or total != AMOUNT:
        raise AssertionError(f"{kinds}, {total} in all")


class Crowd:
    """Customers with a connection and a token each."""

    def __init__(self, port: int, tokens: Sequence[str]) -> None:
        self.port = port
        self.tokens = tokens

    async def grab(
        self, code: str, within: float
    ) -> tuple[list[float], list[dict[str, Any]], float]:
        wanted = {"input": {"code": code, "idempotencyKey": code}}
        return await self.all_ask(GRAB, wanted, within=within)

    async def all_ask(
        self, query: str, variables: dict[str, Any], *, within: float
    ) -> tuple[list[float], list[dict[str, Any]], float]:
        """How long each waited, the answers, and how long all took; they come at random moments."""
        draw = random.Random(7)  # noqa: S311  # moments, no secrets
        delays = [draw.uniform(0, within) for _ in self.tokens]
        async with AsyncExitStack() as open_:
            doors = [await open_.enter_async_context(Door(self.port, each)) for each in self.tokens]
            began = time.perf_counter()
            pairs = await asyncio.gather(
                *(
                    self._ask(door, query, variables, delay)
                    for door, delay in zip(doors, delays, strict=True)
                )
            )
            whole = time.perf_counter() - began
        return [took for took, _ in pairs], [answer for _, answer in pairs], whole

    async def _ask(
        self, door: Door, query: str, variables: dict[str, Any], delay: float
    ) -> tuple[float, dict[str, Any]]:
        if delay:
            await asyncio.sleep(delay)
        began = time.perf_counter()
        data = await door.ask(query, variables)
        return time.perf_counter() - began, data.get("answer", {})


async def opened(port: int, issuer: Issuer, code: str, parts: int) -> None:
    """A packet for everybody, drafted by one and opened by another."""
    terms = {
        "code": code,
        "name": "bench",
        "unit": "hq",
        "amount": AMOUNT,
        "parts": parts,
        "endsAt": utcnow() + timedelta(hours=1),
    }
    for query, variables, role, who in (
        (DRAFT, {"input": terms}, "marketer", "ann"),
        (OPEN, {"code": code}, "approver", "bob"),
    ):
        async with Door(port, issuer.token(role, subject=who, scope="approve:finance")) as door:
            told = await door.ask(query, variables)
        if "message" in told["answer"]:
            raise AssertionError(told["answer"])


def bare_p99_ms(postgres: PostgresServer, asked: argparse.Namespace) -> float:
    """Of grabbing a part by bare SQL: no ledger, no event, no graph."""
    postgres.ask(PARTS.format(parts=asked.parts), DATABASE)
    took = pgbench.latencies_ms(
        postgres, DATABASE, BARE, clients=PEER_CLIENTS, each=asked.clients // PEER_CLIENTS
    )
    return quantile(took, 0.99)
