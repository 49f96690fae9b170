"""WebSockets: the graphql-transport-ws protocol, one socket for any number of operations."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from time import perf_counter
from typing import Any, Final

import orjson
import structlog

from gateway.documents.operations import Operation
from gateway.engine import Engine, Job
from gateway.http.asgi import Headers, Message, Receive, Scope, Send, text
from gateway.http.browsers import Origins
from gateway.http.requests import from_parameters, strict_json
from gateway.observation.tracing import Trace, Tracing
from gateway.refusals import RequestRefused
from gateway.subscriptions.responses import Subscriptions

logger = structlog.stdlib.get_logger(__name__)

PROTOCOL: Final = "graphql-transport-ws"
INIT_SECONDS: Final = 10.0
MOST_OPERATIONS: Final = 100
LEFT: Final = "left"


class SocketClosed(Exception):
    """The socket is to be closed, with the code that the protocol gives to the reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Socket:
    """One client's socket."""

    def __init__(
        self, subscriptions: Subscriptions, tracing: Tracing, scope: Scope, send: Send
    ) -> None:
        self._subscriptions = subscriptions
        self._engine: Engine = subscriptions.engine
        self._tracing = tracing
        self._send = send
        self._headers: Headers = dict(scope["headers"])
        self._address = scope["client"][0] if scope.get("client") else "unknown"
        self._acknowledged = False
        self._running: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def serve(self, receive: Receive) -> None:
        listening = asyncio.ensure_future(self._listen(receive))
        draining = asyncio.ensure_future(self._subscriptions.draining.wait())
        try:
            await asyncio.wait({listening, draining}, return_when=asyncio.FIRST_COMPLETED)
            if not listening.done():
                await self._close(1001, "Going away")
            else:
                listening.result()
        except SocketClosed as closed:
            await self._close(closed.code, closed.reason)
        finally:
            tasks = [listening, draining, *self._running.values(), *self._ending]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, receive: Receive) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS) as patience:
                while (message := await receive())["type"] == "websocket.receive":
                    await self._take(read_message(message))
                    if self._acknowledged:
                        patience.reschedule(None)
        except TimeoutError:
            raise SocketClosed(4408, "Connection initialisation timeout") from None

    async def _take(self, message: Mapping[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(message.get("payload"))
            case "ping":
                await self._tell({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                self._subscribe(message)
            case "complete":
                self._complete(str(message.get("id")))
            case _:
                raise SocketClosed(4400, "Invalid message")

    def _complete(self, key: str) -> None:
        """The id is free at once; the subgraph may take its time to take leave."""
        running = self._running.pop(key, None)
        if running is not None:
            running.cancel()
            self._ending.add(running)
            running.add_done_callback(self._ending.discard)

    async def _initialise(self, payload: Any) -> None:
        if self._acknowledged:
            raise SocketClosed(4429, "Too many initialisation requests")
        if isinstance(payload, dict):
            for name, value in payload.items():
                if name.lower() == "authorization" and isinstance(value, str):
                    self._headers[b"authorization"] = header_value(value)
        try:
            await self._engine.client(self._headers, self._address)
        except RequestRefused as refusal:
            raise SocketClosed(4403, refusal.errors[0]["message"]) from None
        self._acknowledged = True
        await self._tell({"type": "connection_ack"})

    def _subscribe(self, message: Mapping[str, Any]) -> None:
        key = message.get("id")
        if not self._acknowledged:
            raise SocketClosed(4401, "Unauthorized")
        if not isinstance(key, str) or not key or not isinstance(message.get("payload"), dict):
            raise SocketClosed(4400, "Invalid message")
        if key in self._running:
            raise SocketClosed(4409, f"Subscriber for {key[:50]} already exists")
        if len(self._running) + len(self._ending) >= MOST_OPERATIONS:
            raise SocketClosed(4429, "Too many operations")
        task = asyncio.ensure_future(self._run(key, message["payload"]))
        self._running[key] = task
        task.add_done_callback(lambda _: self._forget(key, task))

    def _forget(self, key: str, task: asyncio.Task[None]) -> None:
        if self._running.get(key) is task:
            del self._running[key]

    async def _run(self, key: str, payload: Mapping[str, Any]) -> None:
        trace = self._tracing.trace(
            text(self._headers.get(b"traceparent")), text(self._headers.get(b"tracestate"))
        )
        started, outcome = perf_counter(), LEFT
        operation: Operation | None = None
        try:
            job = await self._job(payload, trace)
            operation = job.operation
            await self._stream(key, job)
            outcome = "streamed"
        except RequestRefused as refusal:
            outcome = refusal.code
            await self._tell({"id": key, "type": "error", "payload": refusal.errors})
        except Exception:
            outcome = "INTERNAL_SERVER_ERROR"
            logger.exception("an operation failed", request_trace=trace.trace_id)
            fault = self._engine.masking.fault(trace.trace_id)
            await self._tell({"id": key, "type": "error", "payload": fault})
        finally:
            self._engine.ended(operation, outcome, started, trace)

    async def _job(self, payload: Mapping[str, Any], trace: Trace) -> Job:
        request = from_parameters(payload)
        client = await self._engine.client(self._headers, self._address)
        return await self._engine.job(request, client, trace)

    async def _stream(self, key: str, job: Job) -> None:
        async with aclosing(self._subscriptions.responses(job)) as responses:
            async for response in responses:
                await self._tell({"id": key, "type": "next", "payload": response})
        self._running.pop(key, None)
        await self._tell({"id": key, "type": "complete"})

    async def _tell(self, message: Mapping[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})

    async def _close(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


def read_message(message: Message) -> Mapping[str, Any]:
    try:
        read = strict_json((message.get("text") or "").encode())
    except (RequestRefused, UnicodeEncodeError):
        raise SocketClosed(4400, "Invalid message") from None
    if not isinstance(read, dict):
        raise SocketClosed(4400, "Invalid message")
    return read


def header_value(value: str) -> bytes:
    if not value.isprintable() or not value.isascii():
        raise SocketClosed(4400, "Invalid message")
    return value.encode()


async def serve_socket(
    subscriptions: Subscriptions,
    tracing: Tracing,
    origins: Origins,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    await receive()
    if origins.refuse_foreign_socket(dict(scope["headers"])):
        await send({"type": "websocket.close", "code": 4403, "reason": "Forbidden"})
        return
    if PROTOCOL not in scope.get("subprotocols", ()):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 4406, "reason": "Unknown subprotocol"})
        return
    await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
    await Socket(subscriptions, tracing, scope, send).serve(receive)
