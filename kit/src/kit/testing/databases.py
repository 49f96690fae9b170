"""A fresh, migrated database per test: cloned from one that was migrated once."""

from typing import Protocol
from uuid import uuid4

from kit.app import Service
from kit.database import Database


class Server(Protocol):
    """A PostgreSQL server that can make and drop databases."""

    def url(self, database: str = ...) -> str: ...
    def create_database(self, name: str, template: str | None = ...) -> str: ...
    def drop_database(self, name: str) -> None: ...


class Databases:
    """Templates by service, clones by test."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._templates: set[str] = set()

    async def clone_for(self, service: Service) -> str:
        """The name of a new database, migrated for `service`."""
        template = f"template_{service.name}"
        if template not in self._templates:
            self.server.create_database(template)
            await service.migrating.upgrade(self.async_url(template))
            self._templates.add(template)
        name = f"{service.name}_{uuid4().hex[:12]}"
        self.server.create_database(name, template=template)
        return name

    def drop(self, name: str) -> None:
        self.server.drop_database(name)

    def async_url(self, name: str) -> str:
        return "postgresql+asyncpg://" + self.server.url(name).partition("://")[2]

    def connect(self, name: str) -> Database:
        return Database(self.async_url(name), pool_size=20)
