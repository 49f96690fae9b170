"""A whole platform for a test: its own folder, its own ports, its public doors."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.fleeting import fleeting_folder
from local.folder import Folder
from local.ports import own_ports
from local.running.journal import Journal
from local.running.plan import LISTENERS, Plan


class Platform:
    """A platform of its own, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def plan(self) -> Plan:
        return Plan.read(Folder(self.folder))

    def local(self, *arguments: str) -> str:
        """Run a command of the platform; what it prints for programs."""
        done = subprocess.run(
            [sys.executable, "-m", "local", *arguments, "--folder", str(self.folder)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OTEL_TRACES_SAMPLER_ARG": "0"},
        )
        assert done.returncode == 0, done.stdout + done.stderr + self.troubles()
        return done.stdout

    def troubles(self) -> str:
        """The last errors that the programs have logged."""
        found = [
            f"{log.stem}: {line[:2000]}"
            for log in sorted(Folder(self.folder).logs.glob("*.log"))
            for line in [each for each in log.read_text().splitlines() if "failed" in each][-3:]
        ]
        return "\n".join(["", "What the programs logged last:", *found])

    def demo(self, *options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.local("demo", *options, "--json"))
        return found

    def processes(self) -> dict[str, int]:
        """The process of each program that can be killed now."""
        entries = Journal.read(Folder(self.folder)).entries.values()
        return {entry.name: living.pid for entry in entries if (living := entry.process())}


@contextmanager
def platform(*options: str) -> Iterator[Platform]:
    """Started, ready, and stopped afterwards."""
    with fleeting_folder() as folder, own_ports(len(LISTENERS)) as base:
        started = Platform(folder / "platform")
        started.folder.mkdir()
        started.local("up", "--detach", "--port-base", str(base), *options)
        try:
            yield started
        finally:
            started.local("down")
