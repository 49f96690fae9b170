"""The crowd: touchpoint events through the partner API, at a rate, each with an id of its own."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from local.demo import cast
from local.demo.stage import TRIGGERS
from local.doors import Doors
from local.problems import Problem

UNDER_WAY = 40


@dataclass(frozen=True)
class Meeting:
    """One customer meets one touchpoint."""

    identity: str
    customer: dict[str, str]
    kind: str
    channel: str


def meetings(run: str, customers: Sequence[str], count: int) -> list[Meeting]:
    """The same run meets the same customers at the same places."""
    found = []
    for number in range(count):
        customer = customers[number % len(customers)]
        chance = draw(f"{run}:{number // len(customers)}:{customer}")
        found.append(
            Meeting(
                identity=f"{run}-{number:06d}",
                customer={"scheme": "crm", "value": customer},
                kind=TRIGGERS[int(chance * 1_000) % len(TRIGGERS)],
                channel=cast.STORE if chance < 0.4 else cast.APP,
            )
        )
    return found


def draw(text: str) -> float:
    """A number from 0 to 1 that only depends on `text`."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest()) / 2**48


async def stream(
    doors: Doors, crowd: Sequence[Meeting], rate: float, show: Callable[[int], None]
) -> None:
    """Report each meeting on its beat, whatever became of those before."""
    gate = asyncio.Semaphore(UNDER_WAY)
    started = time.perf_counter()
    done = 0

    async def report(meeting: Meeting) -> None:
        nonlocal done
        async with gate:
            await report_meeting(doors, meeting)
        done += 1
        show(done)

    try:
        async with asyncio.TaskGroup() as tasks:
            for number, meeting in enumerate(crowd):
                await asyncio.sleep(max(0, started + number / rate - time.perf_counter()))
                tasks.create_task(report(meeting))
    except* Problem as problems:
        raise problems.exceptions[0] from None


async def report_meeting(doors: Doors, meeting: Meeting) -> None:
    """Tell the channel service; a meeting reported twice counts once."""
    if refusal := await refusal_of(doors, meeting):
        raise Problem(f"A touchpoint event was refused: {refusal}")


async def refusal_of(doors: Doors, meeting: Meeting) -> str:
    """Tell the channel service, and what it has against the meeting, if anything."""
    event = {
        "id": meeting.identity,
        "kind": meeting.kind,
        "channel": meeting.channel,
        "customer": meeting.customer,
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    reporter = cast.STORE_SYSTEM if meeting.channel == cast.STORE else cast.PARTNER_SYSTEM
    answer = await doors.rest(
        "channel", "POST", "/v1/touchpoint-events", as_=reporter, content={"events": [event]}
    )
    return answer.text[:300] if answer.is_error or answer.json()["rejected"] else ""
