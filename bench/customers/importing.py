"""A file of newcomers into a service of its own, against COPY of the rows that come of it."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from bench.by_id import started
from bench.stage import environment_of, servers
from kit.testing.issuer import Issuer
from local.demo.people import write_people
from local.importing.files import source
from local.importing.transfer import transfer
from local.tokens import Wanted

TABLES = ("customer", "identifier", "consent_record", "outbox")


async def import_rates(count: int) -> dict[str, float]:
    """Customers a second: by the import, and by COPY into the same tables with their indexes."""
    with (
        tempfile.TemporaryDirectory(prefix="octoreach-import-") as name,
        service(Path(name)) as (doors, url, _),
    ):
        people = Path(name) / "people.csv"
        write_people(people, count, "bench")
        begun = time.perf_counter()
        done = await transfer(doors, "customer", source(people, None, "telco_customers"), _silent)
        imported = count / (time.perf_counter() - begun)
        await doors.client.aclose()
        if done.counts["registered"] != count:
            raise AssertionError(done.counts)
        copied = count / await seconds_to_copy(url, Path(name))
    return {"imported": imported, "copied": copied}


async def seconds_to_copy(url: str, folder: Path) -> float:
    """What the database alone needs for the same rows, one table after another."""
    connection = await asyncpg.connect(url)
    try:
        for table in TABLES:
            await connection.copy_from_table(table, output=folder / table, format="binary")
        await connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        begun = time.perf_counter()
        for table in TABLES:
            await connection.copy_to_table(table, source=folder / table, format="binary")
        return time.perf_counter() - begun
    finally:
        await connection.close()


class _Doors:
    """The one service's REST API."""

    def __init__(self, port: int, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{port}"
        self.client = httpx.AsyncClient(base_url=url, headers=headers, timeout=60)

    async def rest(
        self,
        service: str,
        method: str,
        path: str,
        *,
        as_: Wanted,
        content: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """The one service answers, and the one token serves."""
        return await self.client.request(method, path, json=content, params=query)


@contextmanager
def service(folder: Path) -> Iterator[tuple[_Doors, str, int]]:
    """The customer service by itself: its doors, its database, its process."""
    issuer = Issuer(folder)
    with servers() as (postgres, broker):
        url = postgres.create_database("customer")
        environment = environment_of(url, broker, issuer)
        subprocess.run([sys.executable, "-m", "customer", "migrate"], env=environment, check=True)
        with started(["-m", "customer", "serve"], environment) as (process, port):
            yield _Doors(port, issuer.token("operator", unit="hq")), url, process


def _silent(_: int) -> None:
    """A bench shows no progress: it is over soon."""
