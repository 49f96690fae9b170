"""One subgraph as the gateway sees it: where it is, how it fares, how it is asked."""

import asyncio
import random
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlsplit

from gateway.execution import SubgraphFailure
from gateway.upstream.breaker import Breaker
from gateway.upstream.connection import Answer
from gateway.upstream.errors import (
    CircuitOpen,
    ConnectionLost,
    Garbled,
    TooLate,
    Unreachable,
    Unwell,
)
from gateway.upstream.pool import Limits, Pool
from gateway.upstream.sharing import Shared
from kit.signature import sign

RETRIED_STATUSES = frozenset({502, 503, 504})
ILL = (Unreachable, ConnectionLost, TooLate, Garbled, Unwell)
RETRIED = (Unreachable, ConnectionLost, Unwell)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that subgraphs know the gateway by."""

    key_id: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Care:
    """How patiently a subgraph is treated."""

    limits: Limits = field(default_factory=Limits)
    timeout_seconds: float = 10.0
    attempts: int = 3
    pause_seconds: float = 0.05
    failures_allowed: int = 20
    rest_seconds: float = 5.0


class Upstream:
    """Sends requests to one subgraph: signed, in time, retried if nothing can come of it but reading."""

    def __init__(self, name: str, url: str, care: Care, signing_key: SigningKey | None) -> None:
        parts = urlsplit(url)
        self.name = name
        self.url = url
        self.care = care
        self.pool = Pool(name, url, care.limits)
        self._now = asyncio.get_running_loop().time
        self.breaker = Breaker(care.failures_allowed, care.rest_seconds, self._now)
        self._shared = Shared()
        self._signing_key = signing_key
        self._path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
        target = f"{self._path}?{parts.query}" if parts.query else self._path
        self._head = (
            f"POST {target} HTTP/1.1\r\nhost: {parts.netloc.rpartition('@')[2]}\r\n"
            "content-type: application/json\r\n"
            "accept: application/graphql-response+json, application/json\r\n"
        )

    async def ask(
        self,
        body: bytes,
        caller_headers: str,
        kind: Literal["query", "mutation"],
        seconds: float,
        caller: Hashable,
    ) -> Answer:
        """The HTTP answer, in `seconds` at most, or a SubgraphFailure.

        Queries of one `caller` that are the same and under way at the same time are sent once.
        """
        seconds = min(seconds, self.care.timeout_seconds)
        if kind == "mutation":
            return await self._attempt(body, caller_headers, seconds)
        key = (caller, body)
        if self._shared.is_under_way(key) and (known := await self._shared.joined(key)):
            return known
        answered = self._shared.begin(key)
        try:
            answer = await self._ask_again(body, caller_headers, seconds)
            answered.set_result(answer)
            return answer
        except SubgraphFailure as failure:
            answered.set_exception(failure)
            answered.exception()
            raise
        finally:
            self._shared.end(key, answered)

    def close(self) -> None:
        self.pool.close()

    async def _ask_again(self, body: bytes, caller_headers: str, seconds: float) -> Answer:
        deadline = self._now() + seconds
        attempt = 1
        while True:
            try:
                return await self._attempt(body, caller_headers, deadline - self._now())
            except RETRIED as failure:
                pause = self.care.pause_seconds * attempt * (0.5 + random.random())  # noqa: S311
                out_of_luck = attempt >= self.care.attempts or self._now() + pause >= deadline
                if out_of_luck or self.breaker.open or not worth_another_try(failure):
                    raise
            attempt += 1
            await asyncio.sleep(pause)

    async def _attempt(self, body: bytes, caller_headers: str, seconds: float) -> Answer:
        if not self.breaker.lets_through():
            raise CircuitOpen(self.name)
        try:
            answer = await self.pool.request(self._message(body, caller_headers), seconds)
            if answer.status >= 500:
                raise Unwell(self.name, answer.status)
        except ILL:
            self.breaker.failed()
            raise
        except (SubgraphFailure, asyncio.CancelledError):
            self.breaker.gave_up()
            raise
        self.breaker.succeeded()
        return answer

    def signature(self, method: str, body: bytes) -> dict[str, str]:
        """The headers by which the subgraph knows that the gateway asks."""
        key = self._signing_key
        return sign(method, self._path, body, key.secret, key.key_id) if key else {}

    def _message(self, body: bytes, caller_headers: str) -> bytes:
        head = f"{self._head}{caller_headers}content-length: {len(body)}\r\n"
        for name, value in self.signature("POST", body).items():
            head += f"{name}: {value}\r\n"
        return head.encode("latin-1") + b"\r\n" + body


def worth_another_try(failure: SubgraphFailure) -> bool:
    return not isinstance(failure, Unwell) or failure.status in RETRIED_STATUSES
