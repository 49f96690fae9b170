"""What PostgreSQL does by itself: a script run by pgbench, as the peer in the same run."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.postgres import PostgresServer
from local.psql import binary


def per_second(
    postgres: PostgresServer, database: str, script: str, *, clients: int, seconds: int
) -> float:
    """Transactions a second."""
    with _prepared(postgres, database, script, clients) as program:
        told = _run([*program, "-T", str(seconds), postgres.url(database)])
    return float(re.findall(r"tps = ([\d.]+)", told)[-1])


def latencies_ms(
    postgres: PostgresServer, database: str, script: str, *, clients: int, each: int
) -> list[float]:
    """How long each transaction took, of which every client makes `each`."""
    with (
        _prepared(postgres, database, script, clients) as program,
        tempfile.TemporaryDirectory() as folder,
    ):
        _run(
            [*program, "-t", str(each), "-l", f"--log-prefix={folder}/took", postgres.url(database)]
        )
        lines = "".join(log.read_text() for log in Path(folder).glob("took*"))
    return [int(took) / 1e3 for took in re.findall(r"^\d+ \d+ (\d+)", lines, re.MULTILINE)]


@contextmanager
def _prepared(
    postgres: PostgresServer, database: str, script: str, clients: int
) -> Iterator[list[str]]:
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        yield [str(binary("pgbench")), "-n", "-M", "prepared", "-c", str(clients), "-f", file.name]


def _run(program: list[str]) -> str:
    return subprocess.run(program, check=True, capture_output=True, text=True).stdout  # noqa: S603
