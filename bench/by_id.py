"""One customer by id at the subgraph, against the same answer hand-written on bare ASGI and asyncpg."""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import orjson
import psutil

from bench.report import Report, median
from bench.stage import environment_of, servers
from kit.testing.issuer import Issuer
from local.ports import free_port

QUERY = "query ($id: UUID!) { customer(id: $id) { id version kind status unit timeZone } }"
REGISTER = (
    "mutation ($c: NewCustomerInput!) { registerCustomer(input: $c) "
    "{ ... on CustomerWasRegistered { customer { id } } } }"
)
CUSTOMERS = 500
CONNECTIONS = 4
ROUNDS = 5


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench by-id")
    parser.add_argument("--requests", type=int, default=3_000, help="per round and server")
    requests = parser.parse_args(arguments).requests
    with (
        tempfile.TemporaryDirectory() as folder,
        servers() as (postgres, broker),
        ExitStack() as open_,
    ):
        issuer = Issuer(Path(folder))
        environment = environment_of(postgres.create_database("customer"), broker, issuer)
        subprocess.run([sys.executable, "-m", "customer", "migrate"], env=environment, check=True)
        ours, our_port = open_.enter_context(started(["-m", "customer", "serve"], environment))
        bare, bare_port = open_.enter_context(
            started(["-m", "bench.peers.bare_by_id"], environment)
        )
        return asyncio.run(measure(issuer, ours, our_port, bare, bare_port, requests))


@contextmanager
def started(arguments: list[str], environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """A server on a free port: its process id and its port."""
    port = free_port()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *arguments], env={**environment, "PORT": str(port), "HOST": "127.0.0.1"}
    )
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                httpx.get(f"http://127.0.0.1:{port}/livez")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


async def measure(
    issuer: Issuer, ours: int, our_port: int, bare: int, bare_port: int, requests: int
) -> Report:
    token = issuer.token("front_line", unit="hq")
    ids = await register(our_port, token)
    found: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(ROUNDS):
        for name, process, port in (("ours", ours, our_port), ("bare", bare, bare_port)):
            await ask(port, token, ids, CUSTOMERS)
            found[name].append(await cpu_per_request(process, port, token, ids, requests))
    our_cpu, bare_cpu = median(found["ours"]), median(found["bare"])
    return Report(
        name="by-id",
        data={"customers": len(ids), "requests": requests, "rounds": ROUNDS},
        figures={"cpu_us_per_request": our_cpu},
        limits={"hand_written_cpu_us_per_request": bare_cpu, "cpu_us_per_request": 1_200},
        ratios={
            "hand_written": median(
                [a / b for a, b in zip(found["ours"], found["bare"], strict=True)]
            ),
            "bound": our_cpu / 1_200,
        },
    )


async def register(port: int, token: str) -> list[UUID]:
    headers = {"authorization": f"Bearer {token}"}
    found = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
        for number in range(CUSTOMERS):
            customer = {
                "unit": "hq.zj",
                "identifiers": [{"scheme": "crm", "value": f"bench-{number}"}],
            }
            content = {"query": REGISTER, "variables": {"c": customer}}
            data = (await client.post("/graphql", json=content)).json()["data"]
            found.append(UUID(data["registerCustomer"]["customer"]["id"]))
    return found


async def cpu_per_request(
    process: int, port: int, token: str, ids: list[UUID], requests: int
) -> float:
    """Microseconds of CPU, user and system, the server spent on each."""
    before = psutil.Process(process).cpu_times()
    await ask(port, token, ids, requests)
    after = psutil.Process(process).cpu_times()
    spent = after.user + after.system - before.user - before.system
    return spent / requests * 1e6


async def ask(port: int, token: str, ids: list[UUID], requests: int) -> None:
    """Plain HTTP/1.1 on a few connections, so that the client is cheaper than the server."""
    head = (
        "POST /graphql HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {token}\r\ncontent-length: "
    ).encode()

    async def one(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(first, requests, CONNECTIONS):
            wanted = str(ids[number * 7919 % len(ids)])
            body = orjson.dumps({"query": QUERY, "variables": {"id": wanted}})
            writer.write(b"%s%d\r\n\r\n%s" % (head, len(body), body))
            answer = await reader.readuntil(b"\r\n\r\n")
            size = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            content = orjson.loads(await reader.readexactly(size))
            if content["data"]["customer"]["id"] != wanted:
                raise AssertionError(content)
        writer.close()

    await asyncio.gather(*(one(first) for first in range(CONNECTIONS)))
