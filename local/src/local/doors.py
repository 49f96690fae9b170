"""The platform's public doors, opened with tokens of the development issuer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx
import stamina
from opentelemetry.propagate import inject

from local.folder import Folder
from local.problems import Problem
from local.running.plan import AUDIENCE, Plan
from local.tokens import Issuer, Wanted

ATTEMPTS = 60
LONGEST_TRY_SECONDS = 90
TROUBLE = {502, 503, 504}
JSON_DOCUMENTS = ("/json", "+json")
"""Ends of the names of content types; lines of JSON have another one."""
AWAY = {
    "UNAVAILABLE",
    "SUBGRAPH_UNREACHABLE",
    "SUBGRAPH_TIMEOUT",
    "SUBGRAPH_OVERLOADED",
    "SUBGRAPH_CIRCUIT_OPEN",
    "SUBGRAPH_HTTP_ERROR",
}


class GraphRefused(Problem):
    """The gateway answered with errors."""


class _NotNow(Exception):
    """The platform is coming back; try again."""


@dataclass
class Doors:
    """Gateway and REST APIs; what fails because a process is being restarted is tried again.

    Every write sent through here carries a key or a natural identity, so that trying again is safe.
    """

    folder: Folder
    plan: Plan = field(init=False)
    client: httpx.AsyncClient = field(init=False)
    tokens: dict[Wanted, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        stamina.instrumentation.set_on_retry_hooks([])
        if not self.folder.plan.is_file():
            raise Problem("The platform is not running: ./just up starts it.")
        self.plan = Plan.read(self.folder)
        self.issuer = Issuer(self.folder, self.plan.issuer, AUDIENCE)
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=50)
        self.client = httpx.AsyncClient(timeout=30, limits=limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.client.aclose()

    def token(self, wanted: Wanted) -> str:
        if wanted not in self.tokens:
            self.tokens[wanted] = self.issuer.sign(self.issuer.claims(wanted))
        return self.tokens[wanted]

    async def graph(self, query: str, *, as_: Wanted, **variables: Any) -> dict[str, Any]:
        """The data of an answer; GraphRefused with what the gateway said otherwise."""
        url = f"{self.plan.url('gateway')}/graphql"
        content = {"query": query, "variables": variables}
        answer = (await self._send("POST", url, as_=as_, json=content)).json()
        if answer.get("errors"):
            raise GraphRefused(f"The gateway refused: {answer['errors'][:3]}")
        data: dict[str, Any] = answer["data"]
        return data

    async def rest(
        self,
        service: str,
        method: str,
        path: str,
        *,
        as_: Wanted,
        content: Any = None,
        key: str | None = None,
        query: Mapping[str, Any] | None = None,
        purpose: str | None = None,
    ) -> httpx.Response:
        """The answer of a service's REST API, whatever its status."""
        headers = {"Idempotency-Key": key, "Octoreach-Purpose": purpose}
        return await self._send(
            method,
            self.plan.url(service) + path,
            as_=as_,
            json=content,
            params=query,
            headers={name: value for name, value in headers.items() if value},
        )

    async def _send(
        self,
        method: str,
        url: str,
        *,
        as_: Wanted,
        json: Any,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            return await self._send_until_answered(method, url, as_, json, params, headers)
        except (httpx.TransportError, _NotNow) as lost:
            raise Problem(
                f"{url} does not answer ({lost or type(lost).__name__}): ./just status shows what "
                "runs, ./just logs why something does not."
            ) from lost

    async def _send_until_answered(
        self,
        method: str,
        url: str,
        as_: Wanted,
        json: Any,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Response:
        sent = {"authorization": f"Bearer {self.token(as_)}", **(headers or {})}
        inject(sent)
        async for attempt in stamina.retry_context(
            on=(httpx.TransportError, _NotNow),
            attempts=ATTEMPTS,
            timeout=LONGEST_TRY_SECONDS,
            wait_initial=0.1,
            wait_max=2,
        ):
            with attempt:
                answer = await self.client.request(
                    method, url, json=json, params=params, headers=sent
                )
                if answer.status_code in TROUBLE or _is_trouble(answer):
                    raise _NotNow(f"{answer.status_code} {answer.text[:200]}")
                return answer
        raise AssertionError("the last attempt raises what it met")


def _is_trouble(answer: httpx.Response) -> bool:
    """Whether a graph answer failed because a subgraph is being restarted."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if not kind.endswith(JSON_DOCUMENTS):
        return False
    content = answer.json() if answer.content else {}
    errors = content.get("errors") or [] if isinstance(content, dict) else []
    return any(
        isinstance(each, dict) and (each.get("extensions") or {}).get("code") in AWAY
        for each in errors
    )
