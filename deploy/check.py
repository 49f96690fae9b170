"""Says whether the manifests build, are valid, and fit the code: python -m deploy.check [--json]."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from typing import Final

from deploy import alerts, image, manual, programs, rules
from deploy.dashboards import checking as dashboards
from deploy.manifests import OVERLAYS, DoesNotBuild, Overlay, build

RULES: Final[tuple[Callable[[Overlay], Iterable[str]], ...]] = (
    *rules.RULES,
    *programs.RULES,
    *alerts.RULES,
    *dashboards.RULES,
)


def problems_of(overlay: Overlay) -> list[str]:
    return [problem for rule in RULES for problem in rule(overlay)]


def check() -> dict[str, list[str]]:
    """What is wrong, by overlay, with the image, the manual and the dashboards."""
    found: dict[str, list[str]] = {}
    for folder in sorted(OVERLAYS.iterdir()):
        try:
            found[folder.name] = problems_of(build(folder))
        except DoesNotBuild as reason:
            found[folder.name] = [f"does not build: {reason}"]
    return found | {
        "image": list(image.problems()),
        "manual": list(manual.stale()),
        "dashboards": list(dashboards.problems()),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.check", description=__doc__)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--write",
        action="store_true",
        help="bring the manual's tables and the dashboards up to date",
    )
    options = parser.parse_args()
    if options.write:
        manual.write()
        dashboards.write()
    found = check()
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if options.json else in_words(found))
    return 1 if any(found.values()) else 0


def in_words(found: dict[str, list[str]]) -> str:
    lines = []
    for name, problems in found.items():
        lines.append(f"{name}: {'ok' if not problems else f'{len(problems)} problems'}")
        lines += [f"  {problem}" for problem in problems]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
