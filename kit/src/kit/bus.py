"""The bus: NATS JetStream, one stream per service, CloudEvents in headers."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, unquote
from uuid import UUID

import nats
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError
from structlog import get_logger

SPEC_VERSION = "1.0"
SAFE = " !#$&'()*+,-./:;<=>?@[]^_`{|}~"
DUPLICATES_REMEMBERED_SECONDS = 120
ACK_WAIT_SECONDS = 30
PULL_BATCH = 256
PULL_EXPIRES_SECONDS = 30
LOOK_AGAIN_SECONDS = 2
STALLED_SECONDS = PULL_EXPIRES_SECONDS + 15
log = get_logger(__name__)


async def connect(servers: Sequence[str], name: str) -> Client:
    """A connection that never gives up; what happens to it is logged."""

    async def lost() -> None:
        log.warning("bus_disconnected")

    async def back() -> None:
        log.info("bus_reconnected")

    async def trouble(error: Exception) -> None:
        log.warning("bus_trouble", error=str(error) or type(error).__name__)

    return await nats.connect(
        list(servers),
        name=name,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,
        connect_timeout=5,
        ping_interval=20,
        disconnected_cb=lost,
        reconnected_cb=back,
        error_cb=trouble,
        allow_reconnect=True,
        pending_size=16 * 1024 * 1024,
    )


async def lost_for(connection: Client, seconds: float) -> None:
    """Return once the connection has been down for so long: clients can fail to come back."""
    up_at = time.monotonic()
    while time.monotonic() - up_at < seconds:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        if connection.is_connected:
            up_at = time.monotonic()


async def ensure_stream(
    js: JetStreamContext, name: str, subjects: list[str], *, replicas: int, retention_days: int
) -> None:
    """Create the stream, or bring it to this shape."""
    config = StreamConfig(
        name=name,
        subjects=subjects,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_age=retention_days * 86_400,
        duplicate_window=DUPLICATES_REMEMBERED_SECONDS,
        allow_direct=True,
    )
    try:
        await js.stream_info(name)
    except NotFoundError:
        await js.add_stream(config)
    else:
        await js.update_stream(config)


def cloud_event_headers(
    *, event_id: UUID, subject: str, about: str, time: datetime, source: str, trace: str
) -> dict[str, str]:
    """CloudEvents 1.0 binary mode for NATS."""
    headers = {
        "Nats-Msg-Id": str(event_id),
        "ce-specversion": SPEC_VERSION,
        "ce-id": str(event_id),
        "ce-type": subject,
        "ce-source": quote(source, safe=SAFE),
        "ce-subject": quote(about, safe=SAFE),
        "ce-time": time.isoformat(),
        "ce-datacontenttype": "application/json",
        "ce-dataschema": f"/contract/events.json#/{subject}",
    }
    if trace:
        headers["ce-traceparent"] = trace
    return headers


def header(headers: Mapping[str, str], name: str) -> str:
    return unquote(headers.get(name, ""))


class FeedLost(Exception):
    """The durable is gone or its server restarted: open it again."""


class Feed:
    """A durable consumer read with a standing pull request: no polling, no waiting for a batch."""

    def __init__(self, connection: Client, stream: str, durable: str) -> None:
        self.connection = connection
        self.stream = stream
        self.durable = durable
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._subscription: Subscription | None = None
        self._inbox = ""
        self._credit = 0
        self._asked_at = 0.0
        self._alive_at = time.monotonic()
        self._reconnects = 0

    async def open(self, subjects: list[str]) -> None:
        """Create the durable, or bring its filter to `subjects`; NotFoundError without a stream."""
        config = ConsumerConfig(
            durable_name=self.durable,
            filter_subjects=sorted(subjects),
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            deliver_policy=DeliverPolicy.ALL,
            max_ack_pending=4 * PULL_BATCH,
            max_deliver=-1,
        )
        await self.connection.jetstream().add_consumer(self.stream, config)
        self._inbox = self.connection.new_inbox()

        async def arrived(message: Msg) -> None:
            self._arrived.put_nowait(message)

        self._subscription = await self.connection.subscribe(self._inbox, cb=arrived)

    async def batch(self, most: int) -> list[Msg]:
        """What is there, at least one message; waits for the first and for no other."""
        found: list[Msg] = []
        while not found:
            await self._ask()
            try:
                async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                    arrived = await self._arrived.get()
                self._take(arrived, found)
            except TimeoutError:
                await self._require_life()
                continue
            while len(found) < most and not self._arrived.empty():
                self._take(self._arrived.get_nowait(), found)
        await self._ask()  # so that the next ones come while these are worked off
        return found

    async def waiting(self) -> int:
        """Events in the stream whose effect is not yet acknowledged."""
        info = await self.connection.jetstream().consumer_info(self.stream, self.durable)
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def close(self) -> None:
        if self._subscription is not None:
            await self._subscription.unsubscribe()

    async def _require_life(self) -> None:
        """FeedLost when events wait and none has come for longer than any request stands."""
        if time.monotonic() - self._alive_at > STALLED_SECONDS:
            if await self.waiting():
                raise FeedLost("events wait, and none comes")
            self._alive_at = time.monotonic()

    def _take(self, message: Msg, found: list[Msg]) -> None:
        status = (message.headers or {}).get("Status") if not message.data else None
        if status is None:
            self._credit -= 1
            self._alive_at = time.monotonic()
            found.append(message)
        elif status in ("409", "503"):
            raise FeedLost((message.headers or {}).get("Description", status))
        else:
            self._credit = 0

    async def _ask(self) -> None:
        reconnects = self.connection.stats["reconnects"]
        standing = time.monotonic() - self._asked_at < PULL_EXPIRES_SECONDS
        if self._credit > PULL_BATCH // 2 and standing and reconnects == self._reconnects:
            return
        self._reconnects = reconnects
        self._credit = PULL_BATCH
        self._asked_at = time.monotonic()
        await self.connection.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self.durable}",
            orjson.dumps({"batch": PULL_BATCH, "expires": PULL_EXPIRES_SECONDS * 1_000_000_000}),
            reply=self._inbox,
        )
