"""What a bench stands on: durable PostgreSQL and NATS of its own, thrown away afterwards."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.nats import NatsServer
from local.postgres import PostgresServer


@contextmanager
def servers() -> Iterator[tuple[PostgresServer, NatsServer]]:
    """Both as `./just up` runs them: every commit and every acknowledgement is on disk."""
    with tempfile.TemporaryDirectory(prefix="octoreach-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        with PostgresServer(place / "postgres") as postgres, NatsServer(place / "nats") as nats:
            yield postgres, nats


@contextmanager
def platform(folder: Path, port_base: int) -> Iterator[None]:
    """The whole platform as `./just up` runs it, in `folder`, stopped afterwards."""
    folder.chmod(0o755)
    _local("up", "--detach", "--port-base", str(port_base), "--folder", str(folder))
    try:
        yield
    finally:
        _local("down", "--folder", str(folder))


def _local(*arguments: str) -> None:
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "local", *arguments], check=True, stdout=sys.stderr
    )
