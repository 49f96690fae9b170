"""The main job with processes killed under it, and with everything told twice: the same figures."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client

from local.folder import Folder
from local.running.journal import Journal
from local.running.plan import Plan

KILLS = int(os.environ.get("KILLS", "50"))
PEOPLE = 150
STREAMS = ("CUSTOMER", "CAMPAIGN", "CHANNEL", "LOYALTY")
DEMO = ["--people", str(PEOPLE), "--events", str(PEOPLE), "--rate", "8", "--run", "faults"]

pytestmark = pytest.mark.timeout(900)


class Platform:
    """A platform of its own, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def local(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "local", *arguments, "--folder", str(self.folder)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OTEL_TRACES_SAMPLER_ARG": "0"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def demo(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.local("demo", *DEMO, "--json"))
        return found

    def processes(self) -> dict[str, int]:
        """The process of each program that can be killed now."""
        entries = Journal.read(Folder(self.folder)).entries.values()
        return {entry.name: entry.pid for entry in entries if entry.pid}


@contextmanager
def platform(folder: Path) -> Iterator[Platform]:
    folder.mkdir()
    folder.chmod(0o755)
    started = Platform(folder)
    started.local("up", "--detach", "--port-base", str(_free_base()))
    try:
        yield started
    finally:
        started.local("down")


def _free_base() -> int:
    """Eight ports in a row that nobody listens on, below those that clients are given."""
    while True:
        base = random.SystemRandom().randrange(200, 320) * 100
        if all(_is_free(base + offset) for offset in range(8)):
            return base


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def killing(platform: Platform, killed: list[str]) -> None:
    """Kill one program after another until enough have been, whatever it is doing."""
    chance = random.Random(7)
    while len(killed) < KILLS:
        name, pid = chance.choice(sorted(platform.processes().items()))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed.append(name)
        time.sleep(chance.uniform(0.1, 1.3))


def figures(outcome: dict[str, Any]) -> dict[str, Any]:
    """What must be the same: counts, the funnel by channel, the groups, the money."""
    campaign = outcome["funnel"]
    funnel = campaign["funnel"]
    kept = {name: funnel[name] for name in ("totals", "byChannel", "treatment", "control")}
    money = {name: campaign[name] for name in ("budget", "commission")}
    return dict(flattened({"counts": outcome["counts"], **kept, **money}))


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
    connection = await nats.connect(
        f"nats://127.0.0.1:{Plan.read(Folder(platform.folder)).ports['nats']}"
    )
    events = [each for name in STREAMS for each in await read_all(connection, name)]
    random.Random(11).shuffle(events)
    for subject, headers, content in events:
        again = {**headers, "Nats-Msg-Id": f"again-{headers['Nats-Msg-Id']}"}
        await connection.jetstream().publish(subject, content, headers=again)
    await until_heard(connection)
    await connection.close()


async def read_all(connection: Client, stream: str) -> list[tuple[str, dict[str, str], bytes]]:
    js = connection.jetstream()
    last = (await js.stream_info(stream)).state.messages
    subscription = await js.subscribe(
        "", stream=stream, ordered_consumer=True, pending_msgs_limit=-1
    )
    found = []
    for _ in range(last):
        message = await subscription.next_msg(timeout=10)
        found.append((message.subject, dict(message.headers or {}), message.data))
    await subscription.unsubscribe()
    return found


async def until_heard(connection: Client) -> None:
    """Until no durable has anything left to hear."""
    js = connection.jetstream()
    for _ in range(600):
        left = [
            (info.num_pending or 0) + (info.num_ack_pending or 0)
            for stream in STREAMS
            for info in await js.consumers_info(stream)
        ]
        if not sum(left):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"events nobody heard: {left}")


def test_the_figures_are_the_same_with_processes_killed_and_with_everything_told_twice(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o755)
    with platform(tmp_path / "calm") as calm:
        expected = figures(calm.demo())
        asyncio.run(tell_everything_again(calm))
        told_twice = figures(calm.demo())

    with platform(tmp_path / "troubled") as troubled:
        killed: list[str] = []
        killer = threading.Thread(target=killing, args=(troubled, killed))
        killer.start()
        found = figures(troubled.demo())
        while killer.is_alive():
            found = figures(troubled.demo())

    assert told_twice == expected
    assert found == expected
    assert len(killed) == KILLS
    assert set(killed) >= {
        "customer",
        "campaign",
        "channel",
        "loyalty",
        "gateway",
        "postgres",
        "nats",
    }
