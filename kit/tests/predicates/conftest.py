"""A few hundred subjects of every kind, in PostgreSQL and in memory."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from local.postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("predicates") / "postgres"
    with PostgresServer(folder, fsync=False) as server:
        yield server.create_database("predicates").replace("postgresql:", "postgresql+asyncpg:")


@pytest.fixture(scope="session")
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(postgres_url)
    yield engine
    await engine.dispose()
