"""The GraphQL endpoint for requests that have one answer."""

from time import perf_counter
from typing import Any, Final

import orjson
import structlog

from gateway.documents.operations import Operation
from gateway.engine import Engine, Job
from gateway.http.asgi import (
    ClientGone,
    Headers,
    RawHeaders,
    Receive,
    Reply,
    Scope,
    Send,
    read_body,
    send_reply,
    text,
)
from gateway.http.browsers import Origins
from gateway.http.compression import WORTH_BYTES, compressed, wants_gzip
from gateway.http.media import (
    CONTENT_TYPES,
    EVENTS,
    GRAPHQL,
    JSON,
    accepted,
    check_content_type,
    check_encoding,
    wants_page,
)
from gateway.http.requests import GraphQLRequest, from_body, from_query_string
from gateway.observation.tracing import Trace, Tracing
from gateway.refusals import OperationRefused, RequestRefused, error
from gateway.serving.graphiql import page
from gateway.subscriptions.events import stream_events
from gateway.subscriptions.responses import Subscriptions

logger = structlog.stdlib.get_logger(__name__)

NO_STORE: Final = (b"cache-control", b"no-store")
GZIP: Final = [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]


class Endpoint:
    """Answers GET and POST on /graphql."""

    def __init__(self, subscriptions: Subscriptions, tracing: Tracing, origins: Origins) -> None:
        engine = subscriptions.engine
        self._engine = engine
        self._subscriptions = subscriptions
        self._tracing = tracing
        self._origins = origins
        self._settings = engine.settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = dict(scope["headers"])
        method: str = scope["method"]
        if method == "OPTIONS":
            await send_reply(send, self._origins.preflight(headers))
        elif method == "GET" and self._shows_page(scope, headers):
            await send_reply(send, page())
        else:
            exchange = Exchange(self._engine, self._trace(headers), scope, headers)
            try:
                await self._answer(exchange, receive, send)
            except ClientGone:
                return

    def _shows_page(self, scope: Scope, headers: Headers) -> bool:
        return (
            self._settings.open_to_developers
            and not scope["query_string"].startswith(b"query=")
            and wants_page(headers.get(b"accept"))
        )

    def _trace(self, headers: Headers) -> Trace:
        return self._tracing.trace(
            text(headers.get(b"traceparent")), text(headers.get(b"tracestate"))
        )

    async def _answer(self, exchange: "Exchange", receive: Receive, send: Send) -> None:
        origin = self._origins.headers(exchange.headers.get(b"origin"))
        try:
            self._origins.refuse_forged(exchange.method, exchange.headers)
            exchange.media = accepted(exchange.headers.get(b"accept"))
            job = await exchange.job(receive)
            if exchange.media == EVENTS:
                await stream_events(self._subscriptions, job, receive, send, origin)
                exchange.ended("streamed")
                return
            refuse_subscription(job)
            reply = await exchange.run(job)
        except RequestRefused as refusal:
            reply = exchange.refused(refusal)
        except ClientGone:
            raise
        except Exception:
            logger.exception("a request failed", request_trace=exchange.trace.trace_id)
            reply = exchange.failed()
        await self._send(send, reply, exchange.headers, origin)

    async def _send(self, send: Send, reply: Reply, asked: Headers, origin: RawHeaders) -> None:
        body = reply.body
        headers = [NO_STORE, (b"content-type", reply.content_type), *reply.headers, *origin]
        if len(body) >= WORTH_BYTES and wants_gzip(asked.get(b"accept-encoding")):
            body = await compressed(body)
            headers += GZIP
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Exchange:
    """One request on its way to its answer."""

    __slots__ = (
        "_engine",
        "_operation",
        "_scope",
        "_started",
        "headers",
        "media",
        "method",
        "trace",
    )

    def __init__(self, engine: Engine, trace: Trace, scope: Scope, headers: Headers) -> None:
        self._started = perf_counter()
        self._engine = engine
        self._scope = scope
        self._operation: Operation | None = None
        self.headers = headers
        self.trace = trace
        self.method: str = scope["method"]
        self.media = JSON

    async def job(self, receive: Receive) -> Job:
        request = await self._read(receive)
        address = self._scope["client"][0] if self._scope.get("client") else "unknown"
        client = await self._engine.client(self.headers, address)
        by_get = self.method == "GET"
        job = await self._engine.job(request, client, self.trace, by_get=by_get)
        self._operation = job.operation
        return job

    async def run(self, job: Job) -> Reply:
        response = await self._engine.run(job)
        self.ended("errors" if "errors" in response else "ok")
        return Reply(200, orjson.dumps(response), CONTENT_TYPES[self.media])

    def refused(self, refusal: RequestRefused) -> Reply:
        self.ended(refusal.code)
        operation_refused = isinstance(refusal, OperationRefused)
        status = 200 if operation_refused and self.media == JSON else refusal.status
        headers = [(name.encode(), value.encode()) for name, value in refusal.headers]
        return self._errors(status, refusal.errors, headers)

    def failed(self) -> Reply:
        self.ended("INTERNAL_SERVER_ERROR")
        return self._errors(500, self._engine.masking.fault(self.trace.trace_id), [])

    def ended(self, outcome: str) -> None:
        self._engine.ended(self._operation, outcome, self._started, self.trace)

    def _errors(self, status: int, errors: list[dict[str, Any]], headers: RawHeaders) -> Reply:
        media = GRAPHQL if self.media == GRAPHQL else JSON
        return Reply(status, orjson.dumps({"errors": errors}), CONTENT_TYPES[media], headers)

    async def _read(self, receive: Receive) -> GraphQLRequest:
        if self.method == "GET":
            return from_query_string(self._scope["query_string"])
        if self.method != "POST":
            raise RequestRefused(
                [error("Only GET and POST are answered.", "METHOD_NOT_ALLOWED")],
                status=405,
                headers=(("allow", "GET, POST, OPTIONS"),),
            )
        check_content_type(self.headers.get(b"content-type"))
        check_encoding(self.headers.get(b"content-encoding"))
        settings = self._engine.settings
        body = await read_body(
            self.headers, receive, settings.max_body_bytes, settings.body_seconds
        )
        return from_body(body)


def refuse_subscription(job: Job) -> None:
    if job.operation.streams:
        raise OperationRefused(
            [error(f"A subscription takes {EVENTS} or a WebSocket.", "SUBSCRIPTION_NEEDS_STREAM")]
        )
