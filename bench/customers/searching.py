"""Searches through the gateway at a rate; and that each reads by an index, however many there are."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from sqlalchemy import text

from bench.customers.building import connect
from bench.gateway.load import Load
from bench.gateway.queries import Query
from bench.rate import Times, at_rate
from customer.search.queries import PAGES, Search, SearchBy
from kit.database import Database
from local.doors import Doors
from local.folder import Folder
from local.running.databases import database_url
from local.tokens import Wanted

SAMPLE: Final = 2_000
QUERY: Final = """
query Search($by: CustomerSearchBy!, $text: String!) {
  searchCustomers(by: $by, text: $text, first: 20) { edges { node { id name } } }
}
"""
WANTED: Final[dict[SearchBy, Callable[[int], str]]] = {
    SearchBy.IDENTIFIER: lambda n: f"B-{n}",
    SearchBy.NAME: lambda n: f"{'王李张刘陈'[n % 5]}客{n // 10}",
    SearchBy.PHONE: lambda n: f"{n:08}"[-6:],
}
"""What somebody looks for who means customer number n."""


async def searched(folder: Path, rate: int, seconds: int) -> dict[str, float]:
    """How long each kind of search takes, in milliseconds; AssertionError if one reads a table."""
    place = Folder(folder)
    connection = await connect(folder)
    customers = await connection.fetchval("SELECT customers FROM bench_built")
    await connection.close()
    numbers = [random.randint(1, customers) for _ in range(SAMPLE)]  # noqa: S311
    async with Doors(place) as doors:
        await _check_plans(database_url(place, doors.plan, "customer"), numbers[0])
        token = doors.token(Wanted("front_line", unit="hq", subject="bench"))
        load = Load(f"{doors.plan.url('gateway')}/graphql", token)
        try:
            found = {by: await at_rate(_ask(load, by), numbers, rate, seconds) for by in WANTED}
        finally:
            load.close()
    return {
        f"search_{by}_{share}_ms": getattr(times, share)
        for by, times in found.items()
        for share in Times.__dataclass_fields__
    }


def _ask(load: Load, by: SearchBy) -> Callable[[int], Awaitable[object]]:
    query = Query(QUERY, dict)
    return lambda n: load.ask(query, {"by": by.name, "text": WANTED[by](n)})


async def _check_plans(url: str, number: int) -> None:
    db = Database(url.replace("postgresql://", "postgresql+asyncpg://"))
    try:
        for by, wanted in WANTED.items():
            found, asked = Search(by, wanted(number), whole=True).found()
            within = {"unit": "hq", "below": "hq.%", "after_key": "", "after_id": None, "most": 21}
            async with db.reading() as session:
                explained = text(f"EXPLAIN {PAGES[found].text}")
                lines = (await session.execute(explained, {**asked, **within})).scalars().all()
            if table := next((e for e in lines if "Seq Scan on" in e), None):
                raise AssertionError(f"a search by {by} reads a whole table: {table.strip()}")
    finally:
        await db.close()
