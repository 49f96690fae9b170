"""The database: one transaction per operation, and sessions that can't write by mistake."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import orjson
import sqlalchemy.ext.asyncio
import sqlalchemy.orm
import sqlmodel
import sqlmodel.ext.asyncio.session
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kit.events import PENDING, write_recorded

__all__ = ["AsyncSession", "Database", "ReadSession", "driver", "whole"]


def is_passing(error: BaseException) -> bool:
    """Whether `error` asks to try again rather than telling of a bug."""
    return is_away(error) or gave_way(error)


def is_away(error: BaseException) -> bool:
    """Whether `error` says that the database is being restarted or full."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return any(isinstance(each, AWAY) for each in _causes(error))


def gave_way(error: BaseException) -> bool:
    """Whether `error` says that a transaction gave way to another one.

    A deadlock, a conflict, or a lock that was not to be waited for any longer.
    """
    return any(isinstance(each, GAVE_WAY) for each in _causes(error))


def is_unwritable(error: BaseException) -> bool:
    """Whether `error` says that a text has a character that no text may have: NUL."""
    return any(isinstance(each, UNWRITABLE) for each in _causes(error))


def _causes(error: BaseException) -> tuple[BaseException | None, ...]:
    told = error.orig or error if isinstance(error, DBAPIError) else error
    return told, told.__cause__


GAVE_WAY = (asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError)
UNWRITABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
AWAY = (
    OSError,
    PoolTimeout,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that is lost before an operation begins
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


class _SyncSession(sqlmodel.Session):
    """SQLModel's session, whose `execute` serves Core statements without being called deprecated."""

    execute = sqlalchemy.orm.Session.execute


class AsyncSession(sqlmodel.ext.asyncio.session.AsyncSession):
    """`exec` for models, `execute` for Core statements."""

    sync_session_class = _SyncSession
    execute = sqlalchemy.ext.asyncio.AsyncSession.execute


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row of `kit.rows`: its columns are its attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as unknown:
            raise AttributeError(name) from unknown


class ReadSession(AsyncSession):
    """A session that only reads: it has no transaction to commit, and nothing may be added."""


@asynccontextmanager
async def whole(session: AsyncSession) -> AsyncIterator[None]:
    """A part of a change that is done whole, with what it announces, or undone; errors go on."""
    announced = len(session.info.get(PENDING, ()))
    try:
        async with session.begin_nested():
            yield
    except BaseException:
        del session.info.get(PENDING, [])[announced:]
        raise


async def driver(session: AsyncSession) -> "asyncpg.Connection[asyncpg.Record]":
    """The driver's own connection: for look-ups on hot paths, at a fifth of the cost.

    It sees what the session has written. Nothing may be written through it: a transaction begins
    with the session's first statement, not with the driver's.
    """
    connection = await (await session.connection()).get_raw_connection()
    found: asyncpg.Connection[asyncpg.Record] | None = connection.driver_connection
    if found is None:
        raise asyncpg.InterfaceError("The session's connection was closed.")
    return found


BeforeCommit: TypeAlias = Callable[[AsyncSession], Awaitable[object]]
"""What follows from any change of a service, in the transaction of the change."""


class Database:
    """One service's database."""

    def __init__(
        self, url: str, *, pool_size: int = 10, before_commit: Sequence[BeforeCommit] = ()
    ) -> None:
        self.before_commit = before_commit
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=False,
            connect_args={"prepared_statement_cache_size": 512, "command_timeout": 60},
        )
        event.listen(self.engine.sync_engine, "checkout", _leave_no_dead_ones)
        self.reading_engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._raw_url = "postgresql://" + url.partition("://")[2]
        self._reading_connections = max(2, pool_size * 4 // 5)
        self._reading_pool: asyncpg.Pool[Any] | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A change: committed whole with what it announces, or not at all."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            try:
                yield session
                for act in self.before_commit:
                    await act(session)
                await write_recorded(session)
                await session.commit()
            except BaseException:
                session.info.pop(PENDING, None)
                await session.rollback()
                raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadSession]:
        """A look: each statement sees what is committed, nothing can be changed."""
        async with ReadSession(
            self.reading_engine, expire_on_commit=False, autoflush=False
        ) as session:
            yield session

    async def reading_pool(self) -> "asyncpg.Pool[Any]":
        """Connections without SQLAlchemy, for `kit.rows`; opened when first asked for."""
        if self._reading_pool is None:
            async with self._opening:
                if self._reading_pool is None:
                    self._reading_pool = await asyncpg.create_pool(
                        self._raw_url,
                        min_size=0,
                        max_size=self._reading_connections,
                        command_timeout=30,
                        init=_read_json,
                        reset=_leave_as_it_is,
                        record_class=Row,
                    )
        return self._reading_pool

    async def call(self, sql: str, *values: Any) -> "list[Row]":
        """A whole operation in one statement, usually a function: committed when it answers.

        For hot paths: a third of what the same statement costs in a transaction of its own. What
        it announces it has to write to the outbox itself.
        """
        pool = await self.reading_pool()
        rows: list[Row] = await pool.fetch(sql, *values)
        return rows

    async def close(self) -> None:
        if self._reading_pool is not None:
            await self._reading_pool.close()
        await self.engine.dispose()


def _leave_no_dead_ones(connection: Any, _record: object, _proxy: object) -> None:
    """After the first connection that is found dead, the pool opens all of them anew.

    SQLAlchemy notices a death only when it runs a statement itself; what `driver` runs, it does not
    see, and a connection that nobody else uses would come back from the pool for ever.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError("The database has closed the connection.")


async def _leave_as_it_is(_connection: "asyncpg.Connection[Any]") -> None:
    """These connections only run single SELECTs: there is no state to reset."""


async def _read_json(connection: "asyncpg.Connection[Any]") -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind,
            encoder=lambda value: orjson.dumps(value).decode(),
            decoder=orjson.loads,
            schema="pg_catalog",
        )
