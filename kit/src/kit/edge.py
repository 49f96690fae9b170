"""The edge of a service: what happens to every request before anybody looks at it."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog import get_logger

from kit import metrics
from kit.database import Database
from kit.errors import Unauthenticated, Unavailable
from kit.identity import Caller, TokenVerifier
from kit.merging.claims import FollowedClaims
from kit.problems import problem
from kit.signature import SignatureRefused, Verifier
from kit.telemetry import failed, parent_of, span, trace_id

Headers = dict[bytes, bytes]
Open = Callable[[Scope, Receive, Send], Awaitable[bool]]
PURPOSE = b"octoreach-purpose"
PLAIN = re.compile(rb"[A-Za-z0-9][A-Za-z0-9 ._:/#-]{0,79}")
log = get_logger(__name__)


class Edge:
    """Reads the body within its limit, finds out who calls, traces, counts, and drains."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        database: Database,
        tokens: TokenVerifier,
        signatures: Verifier,
        max_body_bytes: int,
        followed_claims: Sequence[str] = (),
    ) -> None:
        self.app = app
        self.database = database
        self.tokens = tokens
        self.signatures = signatures
        self.max_body_bytes = max_body_bytes
        self.claims = FollowedClaims(database, followed_claims)
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        self.under_way += 1
        status = 500
        headers: Headers = dict(scope["headers"])

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with span(scope["method"], parent=_parent(headers), kind=SpanKind.SERVER) as current:
                await self._admit(scope, receive, sending, headers)
                # The route and not the path: that may hold an id, or the secret of a link.
                current.update_name(f"{scope['method']} {_route(scope)}")
                if status >= 500:
                    failed(current, str(status))
                current.set_attribute("http.response.status_code", status)
        finally:
            self.under_way -= 1
            route = _route(scope)
            measured(scope["method"], route, status).observe(time.perf_counter() - started)

    async def drain(self, seconds: float) -> None:
        """Wait for what is under way, at most so long."""
        end = time.monotonic() + seconds
        while self.under_way and time.monotonic() < end:  # noqa: ASYNC110  # once per shutdown
            await asyncio.sleep(0.05)

    async def _admit(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        try:
            body = await self._body(receive, headers)
            state: dict[str, Any] = {"database": self.database, "signed": False}
            if b"signature" in headers:
                state["signed"] = self._signed(scope, headers, body)
            state["caller"] = _with_purpose(await self._caller(headers), headers)
        except _TooLarge:
            detail = f"A request body takes at most {self.max_body_bytes} bytes."
            await problem(413, "Body too large", detail)(scope, receive, send)
        except _Unclear as unclear:
            refused = _refused(scope, 400, "Bad request", str(unclear), code="BAD_USER_INPUT")
            await refused(scope, receive, send)
        except (Unauthenticated, SignatureRefused) as unknown:
            await _refused(scope, 401, "Unauthenticated", str(unknown))(scope, receive, send)
        except Unavailable as away:
            await _refused(scope, 503, "Unavailable", str(away))(scope, receive, send)
        else:
            scope["state"] = state
            await self.app(scope, _replay(body, receive), send)

    async def _body(self, receive: Receive, headers: Headers) -> bytes:
        if int(headers.get(b"content-length", b"0") or b"0") > self.max_body_bytes:
            raise _TooLarge
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            part = message.get("body", b"")
            size += len(part)
            if size > self.max_body_bytes:
                raise _TooLarge
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts) if len(parts) > 1 else part

    def _signed(self, scope: Scope, headers: Headers, body: bytes) -> bool:
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        self.signatures.verify(scope["method"], scope["path"], named, body)
        return True

    async def _caller(self, headers: Headers) -> Caller | None:
        authorization = headers.get(b"authorization")
        if authorization is None:
            return None
        scheme, _, token = authorization.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("The Authorization header takes: Bearer, a blank, a token.")
        return await self.claims.follow(await self.tokens.verify(token.strip()))


@lru_cache(maxsize=1_024)
def measured(method: str, route: str, status: int) -> Any:
    """The histogram of one route: looking its labels up costs more than observing."""
    return metrics.requests.labels(method, route, str(status))


class _TooLarge(Exception):
    pass


class _Unclear(Exception):
    """A header that says nothing anybody could note."""


def _with_purpose(caller: Caller | None, headers: Headers) -> Caller | None:
    """The caller, with why they ask, if they say so."""
    said = headers.get(PURPOSE, b"").strip()
    if not said:
        return caller
    if not (stated := PLAIN.fullmatch(said)):
        raise _Unclear(
            "The Octoreach-Purpose header takes up to 80 letters, digits, blanks and ._:/#-, "
            "and begins with a letter or a digit."
        )
    return caller and replace(caller, purpose=stated[0].decode("ascii"))


def _parent(headers: Headers) -> Any:
    traceparent = headers.get(b"traceparent")
    return parent_of({"traceparent": traceparent.decode("latin-1")} if traceparent else {})


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _route(scope: Scope) -> str:
    """The route's pattern, never the path: a metric per identifier would never end."""
    route = scope.get("route")
    return getattr(route, "path", None) or ("/graphql" if scope["path"] == "/graphql" else "other")


def _refused(scope: Scope, status: int, title: str, reason: str, code: str = "") -> ASGIApp:
    """A problem; for the graph the same as an error, its code the title unless one is given."""
    answer = problem(status, title, reason)
    if scope["path"] == "/graphql":
        extensions = {"code": code or title.upper(), "traceId": trace_id()}
        answer.body = orjson.dumps({"errors": [{"message": reason, "extensions": extensions}]})
        answer.headers["content-type"] = "application/json"
        answer.headers["content-length"] = str(len(answer.body))
    return answer
