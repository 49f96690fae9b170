import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from kit.database import Database, driver, is_away
from local.postgres import PostgresServer

DEATHS = 12
WORKERS = 8


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path_factory.mktemp("mortal"), fsync=False) as server:
        yield server


async def test_what_fails_because_the_database_died_always_asks_to_try_again(
    server: PostgresServer,
) -> None:
    db = Database("postgresql+asyncpg://" + server.url().partition("://")[2], pool_size=WORKERS)
    failures: list[BaseException] = []
    answered = 0
    dying = True

    async def work() -> None:
        nonlocal answered
        while dying:
            try:
                async with db.transaction() as session:
                    await (await driver(session)).fetchval("SELECT pg_sleep(0.002)")
                    await session.execute(text("SELECT pg_sleep(0.002)"))
            except Exception as failure:
                failures.append(failure)
                await asyncio.sleep(0.01)
            else:
                answered += 1

    async def die() -> None:
        nonlocal dying
        for _ in range(DEATHS):
            enough = answered + WORKERS
            while answered < enough:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        dying = False

    await asyncio.gather(die(), *(work() for _ in range(WORKERS)))
    await db.close()

    assert len(failures) >= DEATHS
    assert [repr(each) for each in failures if not is_away(each)] == []
