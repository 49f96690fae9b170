"""The main job with processes killed under it, and with everything told twice: the same figures."""

import asyncio
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from tests.faults import crowd
from tests.platform import Platform, platform
from tests.quiet import STREAMS, until_quiet

from local.demo import stage, story
from local.doors import Doors
from local.folder import Folder

KILLS = int(os.environ.get("KILLS", "50"))
PEOPLE = 150
DEMO = ["--people", str(PEOPLE), "--events", str(PEOPLE), "--run", "faults"]
EVERYTHING = {"customer", "campaign", "channel", "loyalty", "gateway", "postgres", "nats"}

pytestmark = pytest.mark.timeout(1_200)


@contextmanager
def killing(platform: Platform, least: int, among_them: set[str]) -> Iterator[threading.Thread]:
    """Kill one program after another, whatever it is doing, so many and these among them."""
    killed: list[str] = []

    def kill() -> None:
        chance = random.Random(7)
        while len(killed) < least or not among_them <= set(killed):
            if living := sorted(platform.processes().items()):
                name, pid = chance.choice(living)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(name)
            time.sleep(chance.uniform(0.1, 1.3))

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killer
    finally:
        killer.join()


async def figures(running: Platform) -> dict[str, Any]:
    """What must be the same once all is quiet: counts, the funnel, the groups, the money."""
    await until_quiet(running)
    async with Doors(Folder(running.folder)) as doors:
        found = await stage.campaign_by_code(doors, f"{stage.CAMPAIGN}faults")
        campaign = await story.funnel(doors, found["id"])
        followed = await story.followed(doors, await story.everybody(doors))
        ledger = await story.ledger(doors)
    funnel = campaign["funnel"]
    kept = {name: funnel[name] for name in ("totals", "byChannel", "treatment", "control")}
    money = {name: campaign[name] for name in ("budget", "commission")}
    return dict(flattened({"followed": followed, "ledger": ledger, **kept, **money}))


def flattened(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each figure with its path, so that a difference is one line."""
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in pairs:
            yield from flattened(each, f"{path}.{name}")
    else:
        yield path, value


async def tell_everything_again(platform: Platform) -> None:
    """Publish every event of every stream once more, in no order, past the bus's own memory."""
    connection = await nats.connect(f"nats://127.0.0.1:{platform.plan.ports['nats']}")
    events = [each for name in STREAMS for each in await read_all(connection, name)]
    random.Random(11).shuffle(events)
    for subject, headers, content in events:
        again = {**headers, "Nats-Msg-Id": f"again-{headers['Nats-Msg-Id']}"}
        await connection.jetstream().publish(subject, content, headers=again)
    await connection.close()


async def read_all(connection: Client, stream: str) -> list[tuple[str, dict[str, str], bytes]]:
    js = connection.jetstream()
    last = (await js.stream_info(stream)).state.messages
    subscription = await js.subscribe(
        "", stream=stream, ordered_consumer=True, pending_msgs_limit=-1
    )
    found = []
    for _ in range(last):
        message = await subscription.next_msg(timeout=60)
        found.append((message.subject, dict(message.headers or {}), message.data))
    await subscription.unsubscribe()
    return found


async def a_day_of_the_crowd(running: Platform, folder: Path) -> dict[str, Any]:
    """What came of it, with programs killed from its first step to its last."""
    async with Doors(Folder(running.folder)) as doors:
        await crowd.prepare(doors)
        with killing(running, 12, {"loyalty", "postgres", "nats"}):
            await asyncio.to_thread(crowd.arrive, running, folder)
            people = await crowd.live(doors)
        await until_quiet(running)
        return await crowd.what_came_of_it(doors, running, people)


def test_the_figures_are_the_same_with_processes_killed_and_with_everything_told_twice(
    tmp_path: Path,
) -> None:
    with platform("--empty") as calm:
        calm.demo(*DEMO, "--rate", "30")
        expected = asyncio.run(figures(calm))
        asyncio.run(tell_everything_again(calm))
        told_twice = asyncio.run(figures(calm))

    with platform("--empty") as troubled:
        with killing(troubled, KILLS, EVERYTHING) as killer:
            troubled.demo(*DEMO, "--rate", "8")
            while killer.is_alive():
                troubled.demo(*DEMO, "--rate", "30")
        found = asyncio.run(figures(troubled))
        crowded = asyncio.run(a_day_of_the_crowd(troubled, tmp_path))

    assert told_twice == expected
    assert found == expected
    crowd.require_exact(crowded)
