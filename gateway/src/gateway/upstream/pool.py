"""The connections to one subgraph: as many as are allowed, kept alive, waited for in order."""

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.upstream.connection import Answer, Connection
from gateway.upstream.errors import Overloaded, TooLate, Unreachable


@dataclass(frozen=True, slots=True)
class Limits:
    """What one subgraph may take of the gateway."""

    connections: int = 100
    waiting: int = 1_000
    answer_bytes: int = 4_000_000
    connect_seconds: float = 2.0
    idle_seconds: float = 4.0


class Pool:
    """Hands out connections; whoever finds none free waits, first come first served."""

    def __init__(self, subgraph: str, url: str, limits: Limits) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"subgraph '{subgraph}' has no http or https URL: {url!r}")
        self.subgraph = subgraph
        self.limits = limits
        self.host = parts.hostname
        self.tls = ssl.create_default_context() if parts.scheme == "https" else None
        self.port = parts.port or (443 if self.tls else 80)
        self._free = limits.connections
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def under_way(self) -> int:
        return self.limits.connections - self._free

    async def request(self, message: bytes, seconds: float) -> Answer:
        """Send a whole request over a free connection, or fail with a SubgraphFailure in time."""
        if self._free:
            self._free -= 1
        else:
            seconds -= await self._turn(seconds)
        connection: Connection | None = None
        try:
            connection = self._idle_connection() or await self._open(seconds)
            return await connection.send(message, seconds)
        except asyncio.CancelledError:
            if connection is not None:
                connection.close()
            raise
        finally:
            if connection is not None and not connection.closed:
                self._idle.append(connection)
            self._pass_on()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    async def _turn(self, seconds: float) -> float:
        """Wait for a connection to be free; the seconds that it took."""
        if len(self._waiting) >= self.limits.waiting:
            raise Overloaded(self.subgraph)
        loop = asyncio.get_running_loop()
        started = loop.time()
        turn = loop.create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except (TimeoutError, asyncio.CancelledError) as gone:
            self._give_back(turn)
            if isinstance(gone, TimeoutError):
                raise TooLate(self.subgraph) from None
            raise
        return loop.time() - started

    def _give_back(self, turn: asyncio.Future[None]) -> None:
        if turn in self._waiting:
            self._waiting.remove(turn)
        elif not turn.cancelled():
            self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _idle_connection(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable(self.limits.idle_seconds):
                return connection
            connection.close()
        return None

    async def _open(self, seconds: float) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(min(seconds, self.limits.connect_seconds)):
                _, connection = await loop.create_connection(
                    lambda: Connection(self.subgraph, self.limits.answer_bytes, loop),
                    self.host,
                    self.port,
                    ssl=self.tls,
                )
        except (OSError, TimeoutError) as error:
            raise Unreachable(self.subgraph) from error
        return connection
