"""From touchpoint event to task in the inbox, with everything on this machine, at a rate."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.report import Report, quantile
from bench.stage import platform
from local.demo import play, stage, story
from local.demo.crowd import meetings, stream
from local.demo.people import write_people
from local.doors import Doors
from local.folder import Folder
from local.importing.files import source
from local.importing.transfer import transfer

PATIENCE_SECONDS = 120
BOUND_MS = 1_000


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench touchpoint")
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--port-base", type=int, default=25_000)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="octoreach-touchpoint-") as name:
        folder = Path(name)
        with platform(folder, chosen.port_base):
            return asyncio.run(measure(folder, chosen.rate, chosen.seconds))


async def measure(folder: Path, rate: int, seconds: int) -> Report:
    """One event for each customer; a task for each who is meant, and for nobody else."""
    count = rate * seconds
    people = folder / "people.csv"
    write_people(people, count, "bench")
    async with Doors(Folder(folder)) as doors:
        await stage.build(doors)
        await transfer(doors, "customer", source(people, None, "telco_customers"), lambda _: None)
        campaign = await stage.run_campaign(doors, "bench", play.AUDIENCE)
        names = await story.everybody(doors)
        names = {each: crm for each, crm in names.items() if crm.startswith("bench-")}
        await asyncio.sleep(5)
        started = time.perf_counter()
        await stream(doors, meetings("bench", sorted(names.values()), count), rate, lambda _: None)
        took = time.perf_counter() - started
        found = await until_decided(doors, names, count)
        totals = (await story.funnel(doors, campaign))["funnel"]["totals"]
        seconds_to_task = await story.latencies(doors, names)
    if totals["contacts"] != len(seconds_to_task) or found["decisions_offered"] != len(
        seconds_to_task
    ):
        raise AssertionError(f"{found} decisions, {totals} and {len(seconds_to_task)} tasks differ")
    p50, p99 = (quantile(seconds_to_task, share) * 1e3 for share in (0.5, 0.99))
    return Report(
        name="touchpoint",
        data={"events": count, "rate_per_second": rate, "tasks": len(seconds_to_task)},
        figures={"p50_ms": p50, "p99_ms": p99, "sent_per_second": count / took, "lost": 0},
        limits={"p99_ms": BOUND_MS},
        ratios={"p99": p99 / BOUND_MS},
    )


async def until_decided(doors: Doors, names: dict[str, str], count: int) -> dict[str, int]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = await story.followed(doors, names)
        if found.total() - found["orders"] >= count:
            await asyncio.sleep(2)
            return dict(await story.followed(doors, names))
        await asyncio.sleep(1)
    raise AssertionError(f"lost: {found} decisions of {count} events after {PATIENCE_SECONDS} s")
