"""From a customer's click on "stop everything" to the moment their task can't be claimed any more."""

import argparse
import asyncio
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from bench.report import Report, median, quantile
from bench.stage import platform
from local.demo import cast, play, stage
from local.demo.crowd import meetings, stream
from local.demo.people import write_people
from local.demo.story import everybody
from local.doors import Doors
from local.folder import Folder
from local.importing.files import source
from local.importing.transfer import transfer
from local.running.databases import database_url

PATIENCE_SECONDS = 120
LOOK_AGAIN_SECONDS = 0.002
COMMITS = 200
LINK = """
mutation ($id: UUID!) { preferenceLink(customerId: $id) {
  ... on PreferenceLinkWasMade { link { url } } } }
"""
CLAIM = "mutation ($task: UUID!) { claimTask(taskId: $task) { __typename } }"
OPEN = "SELECT id, customer_id FROM work WHERE state = 'open' ORDER BY id"
DELIVERABLE = """
SELECT EXISTS (
    SELECT FROM work JOIN channel ON channel.code = work.channel_code
    WHERE work.id = $1 AND work.state IN ('open', 'claimed') AND NOT EXISTS (
        SELECT FROM channel_refusal
        WHERE channel_refusal.customer_id = work.customer_id AND channel.kind = ANY(kinds)
    )
)
"""
NOT_WITHDRAWN = "SELECT count(*) FROM task WHERE id = ANY($1) AND state <> 'withdrawn'"


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench withdrawal")
    parser.add_argument("--withdrawals", type=int, default=200)
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--port-base", type=int, default=24_000)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="octoreach-withdrawal-") as name:
        folder = Path(name)
        with platform(folder, chosen.port_base):
            return asyncio.run(measure(folder, chosen.withdrawals, chosen.rate))


async def measure(folder: Path, withdrawals: int, rate: float) -> Report:
    """Every customer with a task withdraws; nobody can claim it afterwards, nobody's money stays."""
    place = Folder(folder)
    async with Doors(place) as doors:
        await _tasks_for(doors, folder, 3 * withdrawals)
        pool = await asyncpg.create_pool(database_url(place, doors.plan, "channel"))
        tasks = await _until_there(pool, withdrawals)
        pages = [await _page(doors, str(customer)) for _, customer in tasks]
        timed = await _withdraw(doors, pool, tasks, pages, rate)
        claimed = [await _claim(doors, str(task)) for task, _ in tasks]
        commit = await _commit_seconds(pool)
        await pool.close()
        left = await _not_withdrawn(database_url(place, doors.plan, "campaign"), tasks)
    if "TaskWasClaimed" in claimed or left:
        raise AssertionError(f"{claimed.count('TaskWasClaimed')} claimed, {left} not withdrawn")
    answered, silent = zip(*timed, strict=True)
    p50, p99 = (quantile(silent, share) * 1e3 for share in (0.5, 0.99))
    # The customer service's commit, the stream's acknowledgement, the channel service's commit.
    limit = 3 * commit * 1e3
    return Report(
        name="withdrawal",
        data={"withdrawals": len(timed), "rate_per_second": rate},
        figures={
            "p50_ms": p50,
            "p99_ms": p99,
            "answered_p50_ms": median(answered) * 1e3,
            "claimed_afterwards": 0,
        },
        limits={"three_durable_writes_ms": limit},
        ratios={"p50": p50 / limit},
    )


async def _tasks_for(doors: Doors, folder: Path, count: int) -> None:
    people = folder / "people.csv"
    write_people(people, count, "bench")
    await stage.build(doors)
    await transfer(doors, "customer", source(people, None, "telco_customers"), lambda _: None)
    await stage.run_campaign(doors, "bench", play.AUDIENCE)
    names = (await everybody(doors)).values()
    known = sorted(each for each in names if each.startswith("bench-"))
    await stream(doors, meetings("bench", known, count), 50, lambda _: None)


async def _until_there(pool: Any, count: int) -> list[Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found: list[Any] = await pool.fetch(OPEN)
        if len(found) >= count:
            return found[:count]
        await asyncio.sleep(1)
    raise AssertionError(f"{len(found)} tasks of {count} came in {PATIENCE_SECONDS} s")


async def _page(doors: Doors, customer: str) -> tuple[str, dict[str, str]]:
    """A customer's page, open in their browser: its address, and the form behind the button."""
    made = await doors.graph(LINK, as_=cast.FRONT_LINE, id=customer)
    url = made["preferenceLink"]["link"]["url"]
    shown = (await doors.client.get(url)).raise_for_status().text
    code = re.search(r'name="form" value="(\w+)"', shown)
    assert code is not None  # noqa: S101  # the page has a form
    return url, {"form": code[1], "action": "stop"}


async def _withdraw(
    doors: Doors,
    pool: Any,
    tasks: Sequence[Any],
    pages: Sequence[tuple[str, dict[str, str]]],
    rate: float,
) -> list[tuple[float, float]]:
    started = time.perf_counter()

    async def one(number: int) -> tuple[float, float]:
        await asyncio.sleep(max(0, started + number / rate - time.perf_counter()))
        return await _click(doors.client, pool, tasks[number]["id"], *pages[number])

    return await asyncio.gather(*(one(number) for number in range(len(tasks))))


async def _click(
    client: httpx.AsyncClient, pool: Any, task: Any, url: str, form: dict[str, str]
) -> tuple[float, float]:
    """Seconds to the answer, and to silence."""
    clicked = time.perf_counter()
    answer = await client.post(url, data=form)
    answered = time.perf_counter() - clicked
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise AssertionError(f"the page answers {answer.status_code}")
    while await pool.fetchval(DELIVERABLE, task):
        if time.perf_counter() - clicked > PATIENCE_SECONDS:
            raise AssertionError(f"the task {task} can still be claimed")
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return answered, time.perf_counter() - clicked


async def _claim(doors: Doors, task: str) -> str:
    answer = await doors.graph(CLAIM, as_=cast.FRONT_LINE, task=task)
    return str(answer["claimTask"]["__typename"])


async def _commit_seconds(pool: Any) -> float:
    """One durable commit on the same disk, with nothing else to do."""
    async with pool.acquire() as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS bench_commit (n int)")
        times = []
        for number in range(COMMITS):
            started = time.perf_counter()
            await connection.execute("INSERT INTO bench_commit VALUES ($1)", number)
            times.append(time.perf_counter() - started)
    return median(times)


async def _not_withdrawn(url: str, tasks: Sequence[Any]) -> int:
    connection = await asyncpg.connect(url)
    deadline = time.monotonic() + PATIENCE_SECONDS
    left = len(tasks)
    while left and time.monotonic() < deadline:
        left = await connection.fetchval(NOT_WITHDRAWN, [each["id"] for each in tasks])
        await asyncio.sleep(0.1)
    await connection.close()
    return left
