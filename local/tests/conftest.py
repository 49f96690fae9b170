import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from local.fleeting import fleeting_folder
from local.folder import Folder
from local.ports import HOST, free_port, own_ports
from local.running import showing
from local.running.databases import postgres_server
from local.running.plan import LISTENERS, Plan

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def command() -> list[str]:
    return [sys.executable, "-m", "local"]


@pytest.fixture(scope="session")
def run(command: list[str]) -> Run:
    """Runs `python -m local ...` to its end; keyword arguments are environment variables."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *map(str, arguments)],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def port_base() -> Iterator[int]:
    with own_ports(len(LISTENERS)) as base:
        yield base


class Platform:
    """A platform that runs in a folder of its own."""

    def __init__(self, folder: Path, run: Run, port_base: int) -> None:
        self.folder = folder
        self._run = run
        self.port_base = port_base

    def run(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return self._run(*arguments, "--folder", self.folder, **environment)

    def up(self) -> None:
        done = self.run("up", "--detach", "--empty", "--port-base", self.port_base)
        assert done.returncode == 0, done.stderr

    def status(self) -> dict:
        return showing.report(Folder(self.folder))

    def pids(self) -> dict[str, int]:
        return {program["name"]: program["pid"] for program in self.status()["programs"]}

    def keeper(self) -> int:
        return json.loads((self.folder / "run" / "journal.json").read_text())["pid"]

    def processes(self) -> list[str]:
        """The command lines of living processes that have to do with our folder."""
        found = subprocess.run(["ps", "-eo", "stat=,args="], capture_output=True, text=True)
        lines = [line.split(maxsplit=1) for line in found.stdout.splitlines()]
        return [args for stat, args in lines if str(self.folder) in args and stat[0] != "Z"]

    def ask(self, statement: str) -> str:
        folder = Folder(self.folder)
        return postgres_server(folder, Plan.read(folder)).ask(statement)


@pytest.fixture(scope="module")
def platform(run: Run, port_base: int) -> Iterator[Platform]:
    with fleeting_folder() as folder:
        platform = Platform(folder / "platform", run, port_base)
        try:
            platform.up()
            yield platform
        finally:
            platform.run("down")


@pytest.fixture(scope="module")
def desk_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def desk(desk_folder: Path) -> Iterator[httpx.Client]:
    """The desk alone, and a client that asks it."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    arguments = [sys.executable, "-m", "local.desk", str(desk_folder), str(port), url]
    process = subprocess.Popen(arguments)
    transport = httpx.HTTPTransport(retries=10)
    try:
        with httpx.Client(base_url=url, transport=transport, timeout=60) as client:
            client.get("/readyz").raise_for_status()
            yield client
    finally:
        process.terminate()
        process.wait()
