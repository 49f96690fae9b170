"""Every check the project sets itself, run two at a time, and what to do about those that fail."""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from local.folder import CHECKOUT
from local.problems import Problem

AT_ONCE = 2
FIX = "./just fix"


def _python(*module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *module)


@dataclass(frozen=True)
class Check:
    """A command that succeeds when all is well, and what to do when not."""

    name: str
    command: tuple[str, ...]
    remedy: str = "read above, and put it right"


CHECKS = (
    Check("types", _python("mypy", ".")),
    Check("format", _python("ruff", "format", "--check", "--output-format=concise", "."), FIX),
    Check(
        "lint",
        _python("ruff", "check", "--output-format=concise", "."),
        f"{FIX}, then put right what is left",
    ),
    Check("imports", _python("importlinter.cli", "lint", "--no-cache")),
    Check("contracts", _python("local.contracts", "--check"), "./just contract, then review it"),
    Check("migrations", _python("local.drift"), './just migration SERVICE "what changed"'),
    Check("manifests", _python("deploy.check"), FIX),
)

FIXES = (
    _python("ruff", "check", "--fix", "--quiet", "."),
    _python("ruff", "format", "--quiet", "."),
    _python("deploy.check", "--write"),
)


@dataclass(frozen=True)
class Outcome:
    """How a check went."""

    check: Check
    passed: bool
    output: str
    seconds: float


def run(console: Console, names: Sequence[str]) -> int:
    """All of them, or those named; 1 if any failed."""
    chosen = [check for check in CHECKS if not names or check.name in names]
    if len(chosen) < len(names):
        known = ", ".join(check.name for check in CHECKS)
        raise Problem(f"There is no such check. The checks are: {known}.")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = []
        for done in as_completed([pool.submit(_outcome, check) for check in chosen]):
            outcomes.append(done.result())
            _show(console, outcomes[-1])
    failed = [outcome.check for outcome in outcomes if not outcome.passed]
    for check in failed:
        console.print(f"[red]{check.name}[/] failed: {check.remedy}", soft_wrap=True)
    console.print(f"{len(outcomes) - len(failed)} checks passed, {len(failed)} failed")
    return 1 if failed else 0


def fix(console: Console) -> int:
    """Repair what a program can; 1 if something is left."""
    codes = [subprocess.run(command, cwd=CHECKOUT, check=False).returncode for command in FIXES]  # noqa: S603
    console.print("Repaired what a program can: ./just check says what is left.")
    return int(any(codes))


def _outcome(check: Check) -> Outcome:
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603  # the commands are listed above
        check.command, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - started
    return Outcome(check, done.returncode == 0, done.stdout + done.stderr, seconds)


def _show(console: Console, outcome: Outcome) -> None:
    sign = "[green]✓[/]" if outcome.passed else "[red]✗[/]"
    console.print(f"{sign} {outcome.check.name} [dim]{outcome.seconds:.1f} s[/]")
    if not outcome.passed:
        console.print(Text(outcome.output.rstrip()), soft_wrap=True)
