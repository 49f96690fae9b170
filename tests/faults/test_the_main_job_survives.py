"""The main job with processes killed under it, and with everything told twice: the same figures."""

import asyncio
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from tests.platform import Platform, platform

KILLS = int(os.environ.get("KILLS", "50"))
PEOPLE = 150
STREAMS = ("CUSTOMER", "CAMPAIGN", "CHANNEL", "LOYALTY")
DEMO = ["--people", str(PEOPLE), "--events", str(PEOPLE), "--rate", "8", "--run", "faults"]

pytestmark = pytest.mark.timeout(900)


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
    connection = await nats.connect(f"nats://127.0.0.1:{platform.plan.ports['nats']}")
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
    with platform(tmp_path / "calm") as calm:
        expected = figures(calm.demo(*DEMO))
        asyncio.run(tell_everything_again(calm))
        told_twice = figures(calm.demo(*DEMO))

    with platform(tmp_path / "troubled") as troubled:
        killed: list[str] = []
        killer = threading.Thread(target=killing, args=(troubled, killed))
        killer.start()
        found = figures(troubled.demo(*DEMO))
        while killer.is_alive():
            found = figures(troubled.demo(*DEMO))

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
