"""A database for the subjects that predicates are asked about."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kit.testing.databases import Databases


@pytest.fixture(scope="session")
async def engine(databases: Databases) -> AsyncIterator[AsyncEngine]:
    databases.server.create_database("predicates")
    engine = create_async_engine(databases.async_url("predicates"))
    yield engine
    await engine.dispose()
