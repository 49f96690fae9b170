"""The program as it is started: its commands, its processes, its end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, suppress

import httpx
import psutil
import pytest
from gateway.tests.serving.conftest import SUPERGRAPH

from gateway.documents.trusted import hash_of, read_manifest
from gateway.serving.processes import pause_seconds
from local.ports import free_port

COUNTED = 'gateway_requests_total{operation="anonymous",outcome="ok"}'
QUERY = "query A($id: ID!) { book(id: $id) { title rating } }"


def gateway(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@asynccontextmanager
async def serving(subgraphs, *arguments: str, **environment: str):
    """The gateway as a process of its own; yields it with a client."""
    port = free_port()
    urls = [f"--subgraph={name}={subgraph.url}" for name, subgraph in subgraphs.items()]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "serve", "--supergraph", str(SUPERGRAPH)),
        *("--port", str(port), "--no-auth", *urls, *arguments),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            await ready(http)
            yield process, http
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ready(http: httpx.AsyncClient) -> None:
    for _ in range(1_000):
        try:
            if (await http.get("/health")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.05)
    raise AssertionError("the gateway does not start")


async def ask(http: httpx.AsyncClient, query: str) -> dict:
    return (await http.post("/graphql", json={"query": query})).json()


async def test_one_command_serves_a_supergraph_file(subgraphs):
    async with serving(subgraphs) as (_, http):
        answer = await ask(http, "{ book(id: 1) { title rating } }")

    assert answer == {"data": {"book": {"title": "Book 1", "rating": 4.5}}}


async def test_a_request_under_way_is_answered_before_the_end(subgraphs):
    subgraphs["books"].delay_seconds = 0.7
    async with serving(subgraphs) as (process, http):
        answer = asyncio.ensure_future(ask(http, "{ book(id: 1) { title } }"))
        while not subgraphs["books"].requests:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGTERM)

        assert await answer == {"data": {"book": {"title": "Book 1"}}}
        await asyncio.wait_for(process.wait(), 100)
        with pytest.raises(httpx.ConnectError):
            await http.get("/health")


async def test_before_the_end_it_says_that_it_is_not_ready_and_still_answers(subgraphs):
    async with serving(subgraphs, UNREADY_SECONDS="60") as (process, http):
        assert (await http.get("/readyz")).status_code == 200
        process.send_signal(signal.SIGTERM)
        while (await http.get("/readyz")).status_code != 503:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

        assert (await ask(http, "{ book(id: 1) { title } }"))["data"] is not None


async def test_several_processes_share_a_port_and_one_that_dies_is_replaced_however_young(
    subgraphs,
):
    async with serving(subgraphs, "--processes", "2") as (process, http):
        answers = await asyncio.gather(
            *(ask(http, f"{{ book(id: {n}) {{ title }} }}") for n in range(40))
        )
        figures = await figures_with(http, f"{COUNTED} 40.0")
        for _ in range(2):
            killed = children_of(process.pid)[-1]
            os.kill(killed, signal.SIGKILL)
            await replaced(process.pid, killed)
        await ready(http)
        after = await ask(http, "{ book(id: 1) { title } }")
        process.send_signal(signal.SIGTERM)
        exit_code = await asyncio.wait_for(process.wait(), 100)

    assert [answer["data"]["book"]["title"] for answer in answers] == [
        f"Book {n}" for n in range(40)
    ]
    assert f"{COUNTED} 40.0" in figures
    assert after == {"data": {"book": {"title": "Book 1"}}}
    assert exit_code == 0


async def replaced(parent: int, killed: int) -> None:
    for _ in range(1_000):
        left = children_of(parent)
        if killed not in left and len(left) >= 2:
            return
        await asyncio.sleep(0.1)


async def figures_with(http: httpx.AsyncClient, line: str) -> str:
    """The figures once they hold the line: each process puts its own down every second."""
    for _ in range(1_000):
        figures = (await http.get("/metrics")).text
        if line in figures:
            return figures
        await asyncio.sleep(0.1)
    return figures


def children_of(pid: int) -> list[int]:
    """Child processes that serve; the helper that spawning brings is not one."""
    found = []
    for child in psutil.Process(pid).children():
        with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


def test_it_brings_no_database_and_no_framework_along():
    unwanted = ["sqlalchemy", "sqlmodel", "strawberry", "fastapi", "nats"]
    code = f"import sys, gateway.__main__; print([n for n in {unwanted} if n in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_without_an_issuer_it_does_not_start():
    done = gateway("serve", "--supergraph", str(SUPERGRAPH), "--port", "0")

    assert done.returncode == 2
    assert "OIDC_ISSUER" in done.stderr


def test_a_broken_supergraph_is_said_and_ends_it(tmp_path):
    broken = tmp_path / "broken.graphql"
    broken.write_text("type Query {")

    done = gateway("serve", "--supergraph", str(broken), "--port", "0", "--no-auth")

    assert done.returncode != 0
    assert "Syntax Error" in done.stdout


def test_several_processes_of_which_none_can_start_end_at_once(tmp_path):
    broken = tmp_path / "broken.graphql"
    broken.write_text("type Query {")

    done = gateway(
        "serve", "--supergraph", str(broken), "--port", "0", "--no-auth", "--processes", "2"
    )

    assert done.returncode == 1
    assert "Syntax Error" in done.stdout


def test_who_ends_early_again_and_again_is_started_after_longer_and_longer_pauses():
    pauses = [pause_seconds(ends) for ends in range(9)]

    assert pauses == [0, 0, 1, 2, 4, 8, 15, 15, 15]


@pytest.fixture
def query_file(tmp_path):
    path = tmp_path / "query.graphql"
    path.write_text(QUERY)
    return path


def test_a_plan_is_printed_for_people_and_for_programs(query_file):
    people = gateway("plan", "--supergraph", str(SUPERGRAPH), str(query_file))
    programs = gateway("plan", "--supergraph", str(SUPERGRAPH), str(query_file), "--json")

    assert people.returncode == 0
    assert "books" in people.stdout
    assert "reviews" in people.stdout
    assert json.loads(programs.stdout)["kind"] == "query"


def test_a_query_that_does_not_fit_the_supergraph_has_no_plan(query_file):
    query_file.write_text("{ nothing }")

    done = gateway("plan", "--supergraph", str(SUPERGRAPH), str(query_file))

    assert done.returncode == 1
    assert "nothing" in done.stderr


def test_the_documents_of_a_folder_become_a_manifest(tmp_path, query_file):
    manifest = tmp_path / "out.json"

    done = gateway("trust", str(tmp_path), "--manifest", str(manifest))

    assert done.returncode == 0, done.stderr
    assert read_manifest(manifest) == {hash_of(QUERY): QUERY}
    query_file.write_text("{")
    assert gateway("trust", str(query_file), "--manifest", str(manifest)).returncode == 1
