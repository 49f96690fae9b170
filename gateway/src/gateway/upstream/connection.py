"""One HTTP/1.1 connection to a subgraph, on asyncio and llhttp: a fifth of a general client's CPU."""

import asyncio
from typing import Final, NamedTuple, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.upstream.errors import ConnectionLost, Garbled, TooLate, TooMuch

DELIMITING: Final = frozenset({b"content-length", b"transfer-encoding"})


class Answer(NamedTuple):
    """What came back over HTTP, not looked into yet."""

    status: int
    body: bytes


class Connection(asyncio.Protocol):
    """Carries one request at a time. After any failure it is closed and not used again."""

    __slots__ = (
        "_answered",
        "_chunks",
        "_delimited",
        "_ends_with_connection",
        "_idle_since",
        "_late",
        "_loop",
        "_most_bytes",
        "_parser",
        "_size",
        "_subgraph",
        "_transport",
        "closed",
    )

    def __init__(self, subgraph: str, most_bytes: int, loop: asyncio.AbstractEventLoop) -> None:
        self._subgraph = subgraph
        self._most_bytes = most_bytes
        self._loop = loop
        self._parser = HttpResponseParser(self)
        self._answered: asyncio.Future[Answer] | None = None
        self._late: asyncio.TimerHandle | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._delimited = False
        self._ends_with_connection = False
        self._idle_since = loop.time()
        self.closed = False

    def send(self, request: bytes, seconds: float) -> asyncio.Future[Answer]:
        """The answer to come; it fails with a SubgraphFailure after `seconds` at the latest."""
        self._chunks = []
        self._size = 0
        self._delimited = False
        self._ends_with_connection = False
        self._answered = self._loop.create_future()
        self._late = self._loop.call_later(seconds, self._fail_late)
        self._transport.write(request)
        return self._answered

    def usable(self, idle_seconds: float) -> bool:
        """Whether a request may be sent: a server closes what was idle for too long."""
        return not self.closed and self._loop.time() - self._idle_since < idle_seconds

    def close(self) -> None:
        self.closed = True
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answered is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._fail(Garbled(self._subgraph))

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if exc is None and self._ends_with_connection:
            self._finish()
        else:
            self._fail(ConnectionLost(self._subgraph))

    def on_header(self, name: bytes, _value: bytes) -> None:
        if name.lower() in DELIMITING:
            self._delimited = True

    def on_headers_complete(self) -> None:
        self._ends_with_connection = not self._delimited

    def on_body(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size <= self._most_bytes:
            self._chunks.append(chunk)
        else:
            self._fail(TooMuch(self._subgraph))

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:
            return
        if self._answered is None or not self._parser.should_keep_alive():
            self.close()
        self._finish()

    def _finish(self) -> None:
        answered = self._settle()
        if answered is not None:
            body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
            answered.set_result(Answer(self._parser.get_status_code(), body))

    def _fail_late(self) -> None:
        self._fail(TooLate(self._subgraph))

    def _fail(self, failure: Exception) -> None:
        self.close()
        answered = self._settle()
        if answered is not None:
            answered.set_exception(failure)

    def _settle(self) -> asyncio.Future[Answer] | None:
        answered, self._answered = self._answered, None
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self._idle_since = self._loop.time()
        return None if answered is None or answered.done() else answered
