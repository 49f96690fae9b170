"""A service put together: its schema, routes, reactions and schedules over one database."""

import asyncio
import base64
import contextlib
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from fastapi import APIRouter
from nats.aio.client import Client
from nats.errors import Error as BusError
from sqlalchemy import MetaData
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog import get_logger

from kit import bus, metrics, telemetry
from kit.database import AsyncSession, BeforeCommit, Database
from kit.edge import Edge
from kit.ending import end
from kit.events import Event
from kit.graph.endpoint import Endpoint
from kit.graph.schema import Schema
from kit.hearing import Hearing, Hold
from kit.idempotency import forget_old_answers
from kit.identity import TokenVerifier
from kit.inbox import forget_old_receipts, parked_count
from kit.migrating import Migrations
from kit.openapi import rest_api
from kit.operations import operations
from kit.probes import PROBES, missing_in_database
from kit.reactions import Reaction
from kit.relay import Relay
from kit.schedules import MORE, Every
from kit.settings import Settings
from kit.signature import Verifier
from kit.statements import watch_statements
from kit.worker import Worker

MEASURE_SECONDS = 15
FORGET_SECONDS = 3600
BUS_LOST_SECONDS = 20
GARBAGE = (10_000, 20, 20)
"""When to look for garbage: hundreds of requests under way are much to look through, and none."""
log = get_logger(__name__)


@dataclass(frozen=True)
class Service:
    """What a service is: everything else follows from these."""

    name: str
    summary: str
    schema: Schema
    metadata: MetaData
    migrations: Path
    events: Sequence[type[Event]] = ()
    reactions: Sequence[Reaction] = ()
    schedules: Sequence[Every] = ()
    routers: Sequence[APIRouter] = ()
    settings: Callable[[], object] | None = None
    """Reads what this service is told besides; read at the start, so that wrong ones are told then."""
    before_commit: Sequence[BeforeCommit] = ()
    measures: Sequence[Callable[[AsyncSession], Awaitable[object]]] = ()
    """Bring gauges up to date, in every worker: one that another has taken over tells no old tales."""
    hold: Hold | None = None
    """Holds what reactions say that they hold, in one order, before any of a batch acts."""
    followed_claims: Sequence[str] = ()
    """Claims of tokens with ids that are read as the ids of today; see `kit.merging`."""

    @property
    def title(self) -> str:
        return f"Octoreach {self.name}"

    @cached_property
    def migrating(self) -> Migrations:
        return Migrations(self.migrations, self.metadata)


@dataclass
class Running:
    """A service at work: it serves when asked to serve, and works when asked to work."""

    service: Service
    settings: Settings
    works: bool
    database: Database = field(init=False)
    hearing: Hearing = field(init=False)
    worker: Worker | None = field(init=False, default=None)
    draining: bool = field(init=False, default=False)
    _connection: Client | None = field(init=False, default=None)
    _keeping: list[asyncio.Task[None]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.database = Database(
            self.settings.async_database_url(),
            pool_size=self.settings.database_pool_size,
            before_commit=self.service.before_commit,
        )
        self.hearing = Hearing(self.database, self.service.reactions, self.service.hold)
        self.edge = Edge(
            self._application(),
            database=self.database,
            tokens=TokenVerifier(
                self.settings.oidc_issuer,
                self.settings.oidc_audience,
                self.settings.oidc_jwks_url,
            ),
            signatures=Verifier(
                {
                    name: base64.b64decode(secret.get_secret_value())
                    for name, secret in self.settings.gateway_signature_keys.items()
                }
            ),
            max_body_bytes=self.settings.max_body_bytes,
            followed_claims=self.service.followed_claims,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and scope["path"] in PROBES:
            answer = await PROBES[scope["path"]](self)
            await answer(scope, receive, send)
        else:
            await self.edge(scope, receive, send)

    async def start(self) -> None:
        watch_statements(self.database.engine)
        if self.works:
            self._keeping = [
                asyncio.create_task(self._work()),
                asyncio.create_task(self._measure()),
            ]
        # What is there by now stays: looking through it again and again would only cost.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        log.info("started", works=self.works)

    async def stop(self) -> None:
        """Take nothing new, finish what is under way, then let go."""
        self.draining = True
        await self.edge.drain(self.settings.drain_seconds)
        await end(self._keeping)
        await self._leave_bus()
        await self.database.close()
        telemetry.shutdown()
        log.info("stopped")

    async def missing(self) -> list[str]:
        """What stands between this process and being ready."""
        found = await missing_in_database(self.database, self.service.migrating.head)
        if self.draining:
            found.append("draining")
        if self.works and self.worker is None:
            found.append("bus")
        return found

    async def _work(self) -> None:
        """Connect, however long it takes, and work; with a new connection if one is lost for good."""
        while True:
            connection = await self._connect()
            self.worker = self._worker_on(connection)
            self.worker.start()
            await bus.lost_for(connection, BUS_LOST_SECONDS)
            log.error("bus_lost", seconds=BUS_LOST_SECONDS)
            await self._leave_bus()

    async def _connect(self) -> Client:
        while self._connection is None:
            try:
                self._connection = await bus.connect(
                    self.settings.nats_servers(), self.service.name
                )
            except (OSError, BusError, TimeoutError) as failure:
                log.warning("bus_not_there", error=repr(failure))
                await asyncio.sleep(1)
        return self._connection

    async def _leave_bus(self) -> None:
        worker, self.worker = self.worker, None
        connection, self._connection = self._connection, None
        if worker is not None:
            await worker.stop()
        if connection is not None:
            with contextlib.suppress(BusError, TimeoutError):
                await connection.close()

    def _worker_on(self, connection: Client) -> Worker:
        settings = self.settings
        return Worker(
            name=self.service.name,
            connection=connection,
            relay=Relay(settings.raw_database_url(), connection, source=f"/{self.service.name}"),
            hearing=self.hearing,
            reactions=self.service.reactions,
            schedules=[
                *self.service.schedules,
                Every(FORGET_SECONDS, self.forget_old_receipts),
                Every(FORGET_SECONDS, self.forget_old_answers),
            ],
            attempts=settings.reaction_attempts,
            replicas=settings.nats_replicas,
            retention_days=settings.event_retention_days,
        )

    async def forget_old_receipts(self, session: AsyncSession) -> str | None:
        """A day longer than streams keep events, so that none comes back that nobody remembers."""
        days = self.settings.event_retention_days + 1
        return MORE if await forget_old_receipts(session, days=days) else None

    async def forget_old_answers(self, session: AsyncSession) -> str | None:
        """A request that is repeated later than that is carried out anew."""
        days = self.settings.answer_retention_days
        return MORE if await forget_old_answers(session, days=days) else None

    async def _measure(self) -> None:
        while True:
            await asyncio.sleep(MEASURE_SECONDS)
            try:
                await self.measure()
            except (SQLAlchemyError, OSError, BusError, TimeoutError) as failure:
                log.info("not_measured", error=repr(failure))

    async def measure(self) -> None:
        """Bring all gauges up to date that nothing else moves."""
        async with self.database.reading() as session:
            metrics.parked.set(await parked_count(session))
            for act in self.service.measures:
                await act(session)
        if self.worker is not None:
            await self.worker.measure()

    def _application(self) -> ASGIApp:
        service = self.service
        api = rest_api(service.title, service.summary, service.routers)
        api.include_router(operations(self.hearing), include_in_schema=False)
        graph = Endpoint(service.schema, self.database)

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/graphql":
                await graph(scope, receive, send)
            else:
                await api(scope, receive, send)

        self.api = api
        return application

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        async with self._running():
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()
