import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from kit.database import Database, driver, is_passing
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
    dying = True

    one_more = asyncio.Event()

    async def work() -> None:
        while dying:
            try:
                async with db.transaction() as session:
                    await (await driver(session)).fetchval("SELECT pg_sleep(0.002)")
                    await session.execute(text("SELECT pg_sleep(0.002)"))
            except Exception as failure:  # noqa: BLE001  # whatever it is, it is looked at below
                failures.append(failure)
                await asyncio.sleep(0.01)
            else:
                one_more.set()

    async def die() -> None:
        nonlocal dying
        for _ in range(DEATHS):
            one_more.clear()
            await one_more.wait()
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        dying = False

    await asyncio.gather(die(), *(work() for _ in range(WORKERS)))
    await db.close()

    assert len(failures) >= DEATHS
    assert [repr(each) for each in failures if not is_passing(each)] == []
