"""`./just bench NAME` prints one JSON line; a bare `./just bench` lists the names."""

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import bench
from bench.report import Report

SHARED: Final = ("__main__", "door", "peers", "pgbench", "rate", "report", "stage")
STDOUT: Final = 1
STDERR: Final = 2


def main() -> int:
    names = {
        each.name.replace("_", "-"): f"bench.{each.name}"
        for each in pkgutil.iter_modules(bench.__path__)
        if each.name not in SHARED
    }
    if len(sys.argv) < 2:
        for name, module in names.items():
            sys.stdout.write(
                f"{name:24}{(importlib.import_module(module).__doc__ or '').strip()}\n"
            )
        return 0
    if sys.argv[1] not in names:
        sys.stderr.write(f"There is no bench {sys.argv[1]}; there are: {', '.join(names)}.\n")
        return 2
    with everything_else_on_stderr():
        report: Report = importlib.import_module(names[sys.argv[1]]).main(sys.argv[2:])
    sys.stdout.write(report.as_json_line() + "\n")
    return 0


@contextmanager
def everything_else_on_stderr() -> Iterator[None]:
    """What is logged and printed meanwhile, in this process and those it starts."""
    sys.stdout.flush()
    kept = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, STDOUT)
        os.close(kept)


if __name__ == "__main__":
    sys.exit(main())
