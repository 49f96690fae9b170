"""Whether throughput grows with processes: requests a second, and what each costs, by their number."""

import asyncio
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, NamedTuple

from bench.gateway.load import Load
from bench.gateway.queries import QUERIES
from bench.gateway.targets import Target, staged
from bench.report import Report, median

QUERY: Final = QUERIES["one_join"]
TIMES: Final = 1_500
ROUNDS: Final = 3


class Found(NamedTuple):
    """One number of processes: requests a second, microseconds each, the idlest against the busiest."""

    a_second: float
    microseconds: float
    balance: float


def main(argv: Sequence[str]) -> Report:
    """The numbers of processes are given, or powers of two up to the cores."""
    cores = os.cpu_count() or 1
    numbers = [int(each) for each in argv] or [n for n in (1, 2, 4, 8) if n <= cores]
    found = {number: measured(number) for number in numbers}
    figures: dict[str, float] = {}
    for number, each in found.items():
        figures[f"requests_a_second_{number}"] = round(each.a_second)
        figures[f"request_us_{number}"] = round(each.microseconds, 1)
        figures[f"balance_{number}"] = round(each.balance, 2)
    first, last = found[numbers[0]], found[numbers[-1]]
    ratios = {
        "requests_a_second": round(last.a_second / first.a_second, 2),
        "request_us": round(last.microseconds / first.microseconds, 2),
    }
    return Report(
        "gateway-throughput", {"requests": TIMES * ROUNDS}, figures, {"cores": cores}, ratios
    )


def measured(number: int) -> Found:
    """Clients come from as many processes as the gateway has, or they would be what is measured."""
    with (
        staged("gateway", processes=number) as stage,
        ProcessPoolExecutor(number, get_context("spawn")) as clients,
    ):
        target = stage.targets["gateway"]
        everybody = [(target.url, stage.token)] * number
        list(clients.map(drive, everybody))
        rounds = [one_round(target, clients, everybody) for _ in range(ROUNDS)]
    return Found(*(median(values) for values in zip(*rounds, strict=True)))


def one_round(
    target: Target, clients: ProcessPoolExecutor, everybody: list[tuple[str, str]]
) -> Found:
    before, started = target.cpu_seconds_each(), time.perf_counter()
    list(clients.map(drive, everybody))
    seconds = time.perf_counter() - started
    spent = [after - b for after, b in zip(target.cpu_seconds_each(), before, strict=True)]
    requests = TIMES * len(everybody)
    serving = sorted(spent)[-len(everybody) :]
    return Found(requests / seconds, sum(spent) / requests * 1e6, serving[0] / serving[-1])


def drive(where: tuple[str, str]) -> None:
    asyncio.run(drive_one(*where))


async def drive_one(url: str, token: str) -> None:
    load = Load(url, token)
    await load.run(QUERY, TIMES)
    load.close()
