"""Customers at scale: import, profile and timeline, at a tenth and at full size; `--help`."""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.customers.building import Sizes, build
from bench.customers.importing import import_rates
from bench.customers.reading import Answers, measured
from bench.customers.searching import searched
from bench.customers.spoilt import bad_lines
from bench.report import Report
from bench.stage import platform
from customer.search.queries import SearchBy

PROFILE_MS = 30
TIMELINE_MS = 30
SEARCH_MS = 100
IMPORTED_PER_SECOND = 5_000


def main(arguments: Sequence[str]) -> Report:
    parser = argparse.ArgumentParser(prog="./just bench customers")
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--entries", type=int, default=1_000_000, help="of all timelines")
    parser.add_argument("--imported", type=int, default=20_000, help="lines of the imported file")
    parser.add_argument("--bad-lines", type=int, default=20_000, help="of a file of little else")
    parser.add_argument("--rate", type=int, default=100, help="requests a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="keeps what was built, for the next run")
    parser.add_argument("--port-base", type=int, default=26_000)
    chosen = parser.parse_args(arguments)
    imported = asyncio.run(import_rates(chosen.imported))
    spoilt = asyncio.run(bad_lines(chosen.bad_lines))
    with tempfile.TemporaryDirectory(prefix="octoreach-customers-") as name:
        folder = (chosen.folder or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        with platform(folder, chosen.port_base):
            small, large = asyncio.run(read_at_two_sizes(folder, chosen))
            found = asyncio.run(searched(folder, chosen.rate, chosen.seconds))
    return report(chosen, imported | spoilt, small, large, found)


async def read_at_two_sizes(folder: Path, chosen: argparse.Namespace) -> tuple[Answers, Answers]:
    """What a look-up costs with a tenth of the customers, and with all."""
    found = []
    for part in (10, 1):
        sizes = Sizes(chosen.customers // part, chosen.entries // part)
        await build(folder, sizes)
        found.append(await measured(folder, chosen.rate, chosen.seconds))
    return found[0], found[1]


def report(
    chosen: argparse.Namespace,
    imported: dict[str, float],
    small: Answers,
    large: Answers,
    found: dict[str, float],
) -> Report:
    return Report(
        name="customers",
        data={
            "customers": chosen.customers,
            "entries": chosen.entries,
            "imported": chosen.imported,
            "bad_lines": chosen.bad_lines,
            "rate_per_second": chosen.rate,
            "seconds": chosen.seconds,
            "load_of_the_machine": os.getloadavg()[0],
        },
        figures={
            "imported_per_second": imported["imported"],
            **{name: each for name, each in imported.items() if name.startswith("bad_lines")},
            **large.figures(),
            **found,
            **{f"a_tenth_{name}": value for name, value in small.figures().items()},
        },
        limits={
            "imported_per_second": IMPORTED_PER_SECOND,
            "copied_per_second": imported["copied"],
            "profile_p95_ms": PROFILE_MS,
            "timeline_p95_ms": TIMELINE_MS,
            "search_p95_ms": SEARCH_MS,
            **large.limits(),
        },
        ratios={
            "imported": imported["imported"] / IMPORTED_PER_SECOND,
            "imported_against_copy": imported["imported"] / imported["copied"],
            "profile": large.profile.p95 / PROFILE_MS,
            "timeline": large.timeline.p95 / TIMELINE_MS,
            "search": max(found[f"search_{by}_p95_ms"] for by in SearchBy) / SEARCH_MS,
            "profile_growth": large.profile.p95 / small.profile.p95,
            "timeline_growth": large.timeline.p95 / small.timeline.p95,
        },
    )
