"""`./just bench NAME` prints one JSON line; a bare `./just bench` lists the names."""

import importlib
import pkgutil
import sys

import bench
from bench.report import Report


def main() -> int:
    names = {
        each.name.replace("_", "-"): f"bench.{each.name}"
        for each in pkgutil.iter_modules(bench.__path__)
        if each.name not in ("__main__", "peers", "rate", "report", "stage")
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
    report: Report = importlib.import_module(names[sys.argv[1]]).main(sys.argv[2:])
    sys.stdout.write(report.as_json_line() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
