"""A fresh, migrated database per test: cloned from one that was migrated once."""

from typing import Any, Protocol
from uuid import uuid4

import asyncpg

from kit.app import Service
from kit.database import Database


class Server(Protocol):
    """A PostgreSQL server that can make databases."""

    def url(self, database: str = ...) -> str: ...
    def create_database(self, name: str) -> str: ...


class Databases:
    """Templates by service, clones by test."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._templates: set[str] = set()
        self._connection: asyncpg.Connection[Any] | None = None

    async def clone_for(self, service: Service) -> str:
        """The name of a new database, migrated for `service`."""
        template = f"template_{service.name}"
        if template not in self._templates:
            self.server.create_database(template)
            await service.migrating.upgrade(self.async_url(template))
            self._templates.add(template)
        name = f"{service.name}_{uuid4().hex[:12]}"
        await self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    async def drop(self, name: str) -> None:
        await self._run(f"DROP DATABASE {name} WITH (FORCE)")

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _run(self, statement: str) -> None:
        """Over one connection for all: every test asks for two of these."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self.server.url())
        await self._connection.execute(statement)

    def async_url(self, name: str) -> str:
        return "postgresql+asyncpg://" + self.server.url(name).partition("://")[2]

    def connect(self, name: str) -> Database:
        return Database(self.async_url(name), pool_size=20)
