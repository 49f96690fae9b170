"""CPU per request of the gateway, against @apollo/gateway and hard-coded; `soak`, `throughput`."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from bench.gateway import first_time, soak, throughput
from bench.gateway.load import Load
from bench.gateway.queries import QUERIES
from bench.gateway.targets import Stage, Target, staged
from bench.report import Report, median

TIMES: Final = {"one_join": 600, "fifty_entities": 200}
ROUNDS: Final = 5
PEERS: Final = ("apollo", "guarded", "bare")


def main(argv: Sequence[str]) -> Report:
    if argv and argv[0] == "soak":
        return soak.main(argv[1:])
    if argv and argv[0] == "throughput":
        return throughput.main(argv[1:])
    rounds = int(argv[0]) if argv else ROUNDS
    with staged("gateway", *PEERS) as stage:
        spent = asyncio.run(measured(stage, rounds))
        memory = {name: target.process.memory_info().rss for name, target in stage.targets.items()}
    return report(spent, memory, rounds)


async def measured(stage: Stage, rounds: int) -> Mapping[str, float]:
    """Microseconds of CPU per request, by target and query: the median of interleaved rounds."""
    loads = {name: Load(target.url, stage.token) for name, target in stage.targets.items()}
    await compare(loads)
    found: dict[str, list[float]] = defaultdict(list)
    for round_ in range(rounds + 1):
        for query in QUERIES:
            for name, target in stage.targets.items():
                spent = await one_round(target, loads[name], query)
                if round_:
                    found[f"{name}.{query}"].append(spent)
    for load in loads.values():
        load.close()
    return {name: median(values) for name, values in found.items()}


async def one_round(target: Target, load: Load, query: str) -> float:
    before = target.cpu_seconds()
    await load.run(QUERIES[query], TIMES[query])
    return (target.cpu_seconds() - before) / TIMES[query] * 1e6


async def compare(loads: Mapping[str, Load]) -> None:
    """All targets must give the same answer, or their cost says nothing."""
    for query in QUERIES.values():
        variables = query.variables()
        answers = [orjson.loads(await load.ask(query, variables)) for load in loads.values()]
        if any(answer["data"] != answers[0]["data"] for answer in answers):
            raise RuntimeError(f"the answers differ: {answers}")


def report(spent: Mapping[str, float], memory: Mapping[str, int], rounds: int) -> Report:
    figures = {f"gateway_{query}_us": round(spent[f"gateway.{query}"], 1) for query in QUERIES}
    figures.update(first_time.measured())
    figures["gateway_megabytes"] = round(memory["gateway"] / 1e6, 1)
    limits = {
        f"{name}_{query}_us": round(spent[f"{name}.{query}"], 1)
        for query in QUERIES
        for name in PEERS
    }
    limits["apollo_megabytes"] = round(memory["apollo"] / 1e6, 1)
    ratios = {
        f"{query}_against_{name}": round(spent[f"gateway.{query}"] / spent[f"{name}.{query}"], 3)
        for query in QUERIES
        for name in PEERS
    }
    data = {"rounds": rounds, **{f"{query}_requests": times for query, times in TIMES.items()}}
    return Report("gateway", data, figures, limits, ratios)
