"""NATS JetStream from its wheel: configured, started and stopped."""

import json
import os
import signal
import socket
import subprocess
import sysconfig
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from local.last_words import last_words
from local.ports import HOST, free_port
from local.problems import Problem, unwritable
from local.spawn import spawn

# Each key of the jetstream block has a line of its own: on one line the server does not start.
_CONFIGURATION = """\
host: "{host}"
port: {port}
jetstream {{
  store_dir: {folder}
  sync_interval: {sync_interval}
}}
"""


def binary() -> Path:
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not program.exists():
        raise Problem("NATS is not installed: run ./just up.")
    return program


def greeting(port: int) -> dict[str, object]:
    """What a NATS server says first; empty while none listens."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            line = connection.makefile("rb").readline()
    except OSError:
        return {}
    said: dict[str, object] = json.loads(line.removeprefix(b"INFO ")) if line else {}
    return said


class NatsServer:
    """One server with one data folder; a context manager that starts and stops it.

    Every acknowledged message is on disk, unless `fsync=False`, which is for tests.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        fsync: bool = True,
        log: Path | None = None,
        mortal: bool = True,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.fsync = fsync
        self.log = log or folder.with_name(folder.name + ".log")
        self.mortal = mortal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://{HOST}:{self.port}"

    def command(self) -> list[str]:
        return [str(binary()), "-c", str(self.folder / "nats.conf")]

    def prepare(self) -> None:
        configuration = _CONFIGURATION.format(
            host=HOST,
            port=self.port,
            folder=json.dumps(str(self.folder)),
            sync_interval="always" if self.fsync else "2m",
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / "nats.conf").write_text(configuration)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def is_ready(self) -> bool:
        return bool(greeting(self.port).get("jetstream"))

    def start(self, *, within_seconds: float = 120) -> Self:
        self.prepare()
        self._process = spawn(
            self.command(), log=self.log, dies_with=os.getpid() if self.mortal else None
        )
        self._wait_until_ready(self._process, time.monotonic() + within_seconds)
        return self

    def stop(self) -> None:
        self._end(signal.SIGTERM if self.fsync else signal.SIGKILL)

    def kill(self) -> None:
        """As `kill -9` would; what was acknowledged is there after the next start."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait_until_ready(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        while not self.is_ready():
            if process.poll() is not None:
                raise Problem(f"NATS ended while starting: {last_words(self.log)}.")
            if time.monotonic() > deadline:
                process.kill()
                raise Problem(f"NATS did not start in time; its log is {self.log}.")
            time.sleep(0.02)

    def _end(self, by: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(by)
            self._process.wait()
        self._process = None
