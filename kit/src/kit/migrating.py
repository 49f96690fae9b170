"""Migrations: Alembic, one head per service, run by one process at a time."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from kit import tables

LOCK = 0x0C70_0A1E
ENVIRONMENT = Path(__file__).parent / "alembic"


class Migrations:
    """One service's migrations folder, and the tables they must lead to."""

    def __init__(self, folder: Path, metadata: MetaData) -> None:
        self.folder = folder
        self.metadata = [metadata, tables.metadata]

    async def upgrade(self, url: str) -> None:
        """Bring the database to the head; a second process waits, then finds nothing to do."""
        await self._with_connection(url, self._upgrade)

    async def differences(self, url: str) -> list[str]:
        """How the migrated database differs from the models; empty when it does not."""
        found: list[str] = []

        def compare(connection: Connection) -> None:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            found.extend(str(each) for each in compare_metadata(context, self._merged()))

        await self._with_connection(url, compare)
        return found

    @cached_property
    def head(self) -> str:
        """The newest revision; revisions are numbered, so that later ones are greater."""
        return ScriptDirectory.from_config(self._config()).get_current_head() or ""

    async def revise(self, url: str, message: str) -> None:
        """Write a revision with what the models have and the database has not."""

        def write(connection: Connection) -> None:
            config = self._config(connection)
            config.attributes["target_metadata"] = self._merged()
            number = len(list(self.folder.glob("[0-9]*.py"))) + 1
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")

        await self._with_connection(url, write)

    def _merged(self) -> MetaData:
        merged = MetaData()
        for metadata in self.metadata:
            for table in metadata.tables.values():
                table.to_metadata(merged)
        return merged

    def _upgrade(self, connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        try:
            command.upgrade(self._config(connection), "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})

    def _config(self, connection: Connection | None = None) -> Config:
        config = Config()
        config.set_main_option("script_location", str(ENVIRONMENT))
        config.set_main_option("version_locations", str(self.folder))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        return config

    async def _with_connection(self, url: str, act: Callable[[Connection], None]) -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        try:
            async with engine.connect() as connection:
                await connection.run_sync(act)
        finally:
            await engine.dispose()
