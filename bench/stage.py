"""What a bench stands on: durable PostgreSQL and NATS of its own, thrown away afterwards."""

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
