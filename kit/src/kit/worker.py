"""The worker: relay, reactions and schedules of one service in one loop."""

import asyncio
import contextlib
from collections.abc import Sequence
from uuid import UUID

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BusError
from nats.js.errors import Error as StreamError
from structlog import get_logger

from kit import metrics
from kit.bus import Feed, FeedLost, ensure_stream, header
from kit.ending import end
from kit.hearing import Hearing
from kit.personal.shredding import Shredder
from kit.reactions import Message, Reaction
from kit.relay import Relay
from kit.schedules import Every, keep

BATCH = 100
MANY_TOGETHER = 256
"""Where all reactions take their events together, more of them share what a batch costs."""
LONGEST_PAUSE_SECONDS = 30
AWAY_PAUSE_SECONDS = 0.5
log = get_logger(__name__)


class Worker:
    """Everything a service does without being asked."""

    def __init__(
        self,
        *,
        name: str,
        connection: Client,
        relay: Relay,
        hearing: Hearing,
        reactions: Sequence[Reaction],
        schedules: Sequence[Every],
        attempts: int,
        replicas: int,
        retention_days: int,
    ) -> None:
        self.name = name
        self.connection = connection
        self.relay = relay
        self.hearing = hearing
        self.reactions = reactions
        self.schedules = schedules
        self.attempts = attempts
        self.replicas = replicas
        self.retention_days = retention_days
        self.listening: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._at_hand: set[asyncio.Task[None]] = set()

    @property
    def streams(self) -> set[str]:
        return {reaction.stream for reaction in self.reactions}

    def missing(self) -> list[str]:
        """What this worker still waits for."""
        return [f"stream {name}" for name in sorted(self.streams - self.listening)]

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._relay(), name="relay"),
            asyncio.create_task(self._shredder().run(), name="shredder"),
            *(asyncio.create_task(self._listen(each), name=each) for each in sorted(self.streams)),
            *(
                asyncio.create_task(keep(self.hearing.db, each), name=each.name)
                for each in self.schedules
            ),
        ]

    async def stop(self) -> None:
        """Let the batch at hand finish, then stop; what was not acknowledged comes again."""
        await end(self._tasks)
        await asyncio.gather(*self._at_hand, return_exceptions=True)

    def _shredder(self) -> Shredder:
        return Shredder(
            self.hearing.db,
            self.connection.jetstream(),
            self.name.upper(),
            retention_days=self.retention_days,
        )

    async def _relay(self) -> None:
        while True:
            try:
                await ensure_stream(
                    self.connection.jetstream(),
                    self.name.upper(),
                    [f"octoreach.{self.name}.>"],
                    replicas=self.replicas,
                    retention_days=self.retention_days,
                )
                break
            except (BusError, StreamError, TimeoutError) as failure:
                log.warning("stream_not_ready", error=repr(failure))
                await asyncio.sleep(1)
        await self.relay.run()

    async def _listen(self, stream: str) -> None:
        """Hear one stream, for ever; without the stream, or the server, wait for it."""
        reactions = [each for each in self.reactions if each.stream == stream]
        subjects = sorted({each.subject for each in reactions})
        most = MANY_TOGETHER if all(each.together for each in reactions) else BATCH
        while True:
            feed = Feed(self.connection, stream, self.name)
            try:
                await feed.open(subjects)
                self.listening.add(stream)
                while True:
                    await self._hear_to_the_end(await feed.batch(most))
            except (BusError, StreamError, FeedLost, TimeoutError) as failure:
                log.info("feed_waits", stream=stream, reason=repr(failure))
            except Exception as failure:  # whatever it is, others are still told
                log.error("feed_failed", stream=stream, exc_info=failure)
            finally:
                self.listening.discard(stream)
                with contextlib.suppress(BusError):
                    await feed.close()
            await asyncio.sleep(0.5)

    async def _hear_to_the_end(self, batch: list[Msg]) -> None:
        """A batch that was begun is finished, also when the worker is told to stop."""
        task = asyncio.create_task(self._hear(batch))
        self._at_hand.add(task)
        task.add_done_callback(self._at_hand.discard)
        await asyncio.shield(task)

    async def _hear(self, batch: list[Msg]) -> None:
        arrived = [(message, raw) for raw in batch if (message := await read_cloud_event(raw))]
        outcomes = await self.hearing.hear([message for message, _ in arrived])
        for outcome, (message, raw) in zip(outcomes, arrived, strict=True):
            if outcome.failure is None:
                await raw.ack()
            elif outcome.premature:
                await raw.nak(delay=AWAY_PAUSE_SECONDS)
            else:
                await self._put_off(message, raw, outcome.failure, hopeless=outcome.hopeless)

    async def _put_off(
        self, message: Message, raw: Msg, failure: BaseException, *, hopeless: bool
    ) -> None:
        attempts = raw.metadata.num_delivered or 1
        if hopeless or attempts >= self.attempts:
            await self.hearing.park(message, failure, attempts)
            await raw.ack()
        else:
            await raw.nak(delay=min(0.2 * 2**attempts, LONGEST_PAUSE_SECONDS))

    async def measure(self) -> None:
        """Bring the gauges that only the server knows up to date."""
        for stream in self.listening:
            info = await self.connection.jetstream().consumer_info(stream, self.name)
            waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
            metrics.consumer_waiting.labels(stream.lower()).set(waiting)


async def read_cloud_event(raw: Msg) -> Message | None:
    """The CloudEvent, or None for what is none: nobody here can have sent it."""
    headers = raw.headers or {}
    try:
        return Message(
            id=UUID(headers["ce-id"]),
            subject=header(headers, "ce-type"),
            time=header(headers, "ce-time"),
            trace=header(headers, "ce-traceparent"),
            content=raw.data,
        )
    except (KeyError, ValueError) as wrong:
        log.error("not_a_cloud_event", subject=raw.subject, error=repr(wrong))
        await raw.term()
        return None
