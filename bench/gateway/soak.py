"""Whether memory grows: many requests, some documents over and over, some never seen before."""

import asyncio
import random
from collections.abc import Sequence

from bench.gateway.load import Load
from bench.gateway.queries import QUERIES, Query
from bench.gateway.targets import Target, staged
from bench.report import Report
from gateway.documents.library import MOST_DOCUMENTS

REQUESTS = 100_000
STEPS = 10


def main(argv: Sequence[str]) -> Report:
    requests = int(argv[0]) if argv else REQUESTS
    with staged("gateway") as stage:
        target = stage.targets["gateway"]
        sizes = asyncio.run(soaked(target, Load(target.url, stage.token), requests // STEPS))
    figures = {
        "megabytes_at_first": sizes[0],
        "megabytes_after_a_fifth": sizes[STEPS // 5],
        "megabytes_after_a_half": sizes[STEPS // 2],
        "megabytes_at_last": sizes[-1],
    }
    ratios = {"last_to_a_half": round(sizes[-1] / sizes[STEPS // 2], 3)}
    return Report("gateway-soak", {"requests": requests}, figures, {}, ratios)


async def soaked(target: Target, load: Load, times: int) -> list[float]:
    """Megabytes once all the documents that are kept are there, and after each step."""
    known = QUERIES["one_join"]
    for _ in range(3 * MOST_DOCUMENTS):
        await load.run(never_seen(known), 1)
    sizes = [megabytes(target)]
    for _ in range(STEPS):
        await load.run(known, times * 8 // 10)
        await load.run(QUERIES["fifty_entities"], times // 10)
        for _ in range(times // 100):
            await load.run(never_seen(known), 10)
        sizes.append(megabytes(target))
    load.close()
    return sizes


def never_seen(query: Query) -> Query:
    return Query(f"{query.text}#{random.random()}", query.variables)  # noqa: S311


def megabytes(target: Target) -> float:
    return round(target.process.memory_info().rss / 1e6, 1)
