"""NATS JetStream from its wheel: configured, started and stopped."""

import json
import signal
import socket
import sysconfig
from pathlib import Path

from local.ports import HOST
from local.problems import Problem, unwritable
from local.server import Server

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


class NatsServer(Server):
    """One server with one data folder; a context manager that starts and stops it.

    Every acknowledged message is on disk, unless `fsync=False`, which is for tests.
    """

    name = "NATS"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        fsync: bool = True,
        log: Path | None = None,
        mortal: bool = True,
    ) -> None:
        super().__init__(folder, port, log, mortal=mortal)
        self.fsync = fsync

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

    def farewell(self) -> signal.Signals:
        return signal.SIGTERM if self.fsync else signal.SIGKILL
