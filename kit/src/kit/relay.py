"""The relay: what was committed is published, in order, until it is acknowledged."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
from nats.aio.client import Client
from nats.errors import Error as BusError
from nats.js.errors import Error as StreamError
from opentelemetry.propagate import inject
from opentelemetry.trace import SpanKind, TraceFlags
from structlog import get_logger

from kit import metrics
from kit.bus import cloud_event_headers
from kit.models import utcnow
from kit.publishing import Publisher
from kit.tables import RELAY_AWAKE
from kit.telemetry import parent_of, span

LOCK = 0x0C70_0B0C
WINDOW = 1_000
LINGER_SECONDS = 0.005
QUIET_LOOKS = 20
PRODUCER = SpanKind.PRODUCER
LOOK_AGAIN_SECONDS = 5
ACK_SECONDS = 10
TAKE = (
    "SELECT position, id, subject, about, time, content, trace, personal "
    "FROM outbox ORDER BY position LIMIT $1"
)
FORGET = "DELETE FROM outbox WHERE position = ANY($1)"
FORGET_AND_NOTE = f"""
    WITH forgotten AS ({FORGET})
    INSERT INTO personal_message (sequence, about)
    SELECT DISTINCT ON (sequence) * FROM unnest($2::bigint[], $3::uuid[]) AS told(sequence, about)
    ON CONFLICT (sequence) DO UPDATE SET about = excluded.about, published_at = now()
    """  # noqa: S608  # our own text
NEXT_TRANSACTION = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
ALL_BEFORE_HAVE_ENDED = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8"
log = get_logger(__name__)


class Relay:
    """Publishes one service's outbox; of several relays one works, the others stand by."""

    def __init__(self, database_url: str, connection: Client, *, source: str) -> None:
        self.database_url = database_url
        self.publisher = Publisher(connection)
        self.source = source
        self.leading = False
        self._wake = asyncio.Event()
        self._drained_at = 0.0

    async def run(self) -> None:
        """For ever: a failure is logged, counted and tried again."""
        while True:
            try:
                await self._lead()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
                log.warning("relay_lost_database", error=str(failure))
            except (TimeoutError, BusError, StreamError) as failure:
                log.warning("relay_could_not_publish", error=repr(failure))
            except Exception as failure:  # whatever it is, what waits must go out
                log.error("relay_failed", exc_info=failure)
            self.leading = False
            metrics.relay_failures.inc()
            await asyncio.sleep(0.5)

    async def _lead(self) -> None:
        database = await asyncpg.connect(self.database_url, timeout=10)
        try:
            await database.add_listener("outbox", lambda *_: self._wake.set())
            while not await database.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110
                await asyncio.sleep(1)
            self.leading = True
            while True:
                await self._drain(database)
                if await self._was_woken_at_once():
                    await self._stay_awake(database)
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await database.close(timeout=2)

    async def _was_woken_at_once(self) -> bool:
        """Wait until there may be something; whether it came so soon that more will follow."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await self._wake.wait()
        self._wake.clear()
        return time.monotonic() - self._drained_at < LINGER_SECONDS

    async def _stay_awake(self, database: "asyncpg.Connection[Any]") -> None:
        """Under load look every few milliseconds, unasked: then nobody has to notify.

        Who wrote without notifying had a transaction before this ends, and is waited for.
        """
        await database.execute("SELECT pg_advisory_lock($1)", RELAY_AWAKE)
        quiet = 0
        while quiet < QUIET_LOOKS:
            await asyncio.sleep(LINGER_SECONDS)
            quiet = 0 if await self._drain(database) else quiet + 1
        await database.execute("SELECT pg_advisory_unlock($1)", RELAY_AWAKE)
        mark = await database.fetchval(NEXT_TRANSACTION)
        while not await database.fetchval(ALL_BEFORE_HAVE_ENDED, mark):
            await self._drain(database)
            await asyncio.sleep(LINGER_SECONDS)

    async def _drain(self, database: "asyncpg.Connection[Any]") -> int:
        """Publish all there is; how much it was."""
        published = 0
        while rows := await database.fetch(TAKE, WINDOW):
            metrics.outbox_lag.set((utcnow() - rows[0]["time"]).total_seconds())
            metrics.outbox_waiting.set(len(rows))
            acknowledged = await self._publish(rows)
            await self._forget(database, rows, acknowledged)
            self._drained_at = time.monotonic()
            published += len(rows)
        metrics.outbox_lag.set(0)
        metrics.outbox_waiting.set(0)
        return published

    async def _forget(
        self,
        database: "asyncpg.Connection[Any]",
        rows: Sequence[Any],
        acknowledged: Sequence[int],
    ) -> None:
        """Where something personal lies in the stream is noted, so that it can be deleted."""
        positions = [row["position"] for row in rows]
        pairs = zip(acknowledged, rows, strict=True)
        personal = [(place, row["about"]) for place, row in pairs if row["personal"]]
        if personal:
            places, people = zip(*personal, strict=True)
            await database.execute(FORGET_AND_NOTE, positions, places, people)
        else:
            await database.execute(FORGET, positions)

    async def _publish(self, rows: Sequence[Any]) -> Sequence[int]:
        """All of them pipelined, acknowledged by the stream before anything is forgotten."""
        waiting: list[asyncio.Future[int]] = []
        try:
            async with asyncio.timeout(ACK_SECONDS):
                for row in rows:
                    waiting.append(await self._send(row))  # noqa: PERF401  # each one is kept
                acknowledged = await asyncio.gather(*waiting)
        finally:
            for each in waiting:
                each.cancel()
        for row in rows:
            metrics.events_published.labels(row["subject"]).inc()
        return acknowledged

    async def _send(self, row: Any) -> "asyncio.Future[int]":
        return await self.publisher.send(
            row["subject"],
            row["content"].encode(),
            cloud_event_headers(
                event_id=row["id"],
                subject=row["subject"],
                about=row["about"],
                time=row["time"],
                source=self.source,
                trace=traced(row["subject"], row["trace"]),
            ),
        )


def traced(subject: str, parent: str) -> str:
    """The trace that goes on from here: publishing is a step of it, where it is recorded."""
    if not parent or not int(parent[-2:], 16) & TraceFlags.SAMPLED:
        return parent
    carrier: dict[str, str] = {}
    with span(f"publish {subject}", parent=parent_of({"traceparent": parent}), kind=PRODUCER):
        inject(carrier)
    return carrier.get("traceparent", parent)
