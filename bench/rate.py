"""Questions on the beat, and how long their answers took."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from bench.gateway.load import Load
from bench.gateway.queries import Query
from bench.report import quantile

WARM_SECONDS = 5
T = TypeVar("T")


@dataclass(frozen=True)
class Times:
    """How long answers took, from when they should have been asked for."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Times":
        return cls(*(quantile(seconds, share) * 1e3 for share in (0.5, 0.95, 0.99)))


async def at_rate(
    ask: Callable[[T], Awaitable[object]], ids: list[T], rate: int, seconds: int
) -> Times:
    """Asked on the beat, whatever became of the questions before."""
    taken: list[float] = []

    async def one(due: float) -> None:
        await ask(random.choice(ids))  # noqa: S311
        taken.append(time.perf_counter() - due)

    for lasting in (WARM_SECONDS, seconds):
        taken.clear()
        started = time.perf_counter()
        async with asyncio.TaskGroup() as asking:
            for number in range(rate * lasting):
                due = started + number / rate
                if (pause := due - time.perf_counter()) > 0:
                    await asyncio.sleep(pause)
                asking.create_task(one(due))
    return Times.of(taken)


def asking(load: Load, text: str) -> Callable[[UUID], Awaitable[object]]:
    """A query through the gateway about whoever is named."""
    query = Query(text, dict)
    return lambda id_: load.ask(query, {"id": str(id_)})
