"""Fetching on behalf of one client request: its identity, its deadline, its trace."""

import asyncio
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import orjson

from gateway.execution import SubgraphFailure, SubgraphRequest
from gateway.observation.measures import Measures
from gateway.observation.tracing import Trace
from gateway.upstream.connection import Answer
from gateway.upstream.errors import Garbled, TooLate, Unwell
from gateway.upstream.subgraph import Upstream


class Fetching:
    """The Fetch that execution uses for one client request."""

    __slots__ = ("_deadline", "_headers", "_loop", "_measures", "_trace", "_upstreams")

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        headers: str,
        seconds: float,
        trace: Trace,
        measures: Measures,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._upstreams = upstreams
        self._headers = headers
        self._deadline = self._loop.time() + seconds
        self._trace = trace
        self._measures = measures

    async def __call__(self, request: SubgraphRequest) -> Mapping[str, Any]:
        started = perf_counter()
        subgraph = request.subgraph
        outcome = "answered"
        span = self._trace.fetch_started(request)
        try:
            seconds = self._deadline - self._loop.time()
            if seconds <= 0:
                raise TooLate(subgraph)
            headers = self._headers + self._trace.headers(span)
            answer = await self._upstreams[subgraph].ask(
                body_of(request), headers, request.kind, seconds, self._headers
            )
            return graphql_response(subgraph, answer)
        except SubgraphFailure as failure:
            outcome = failure.code
            raise
        finally:
            self._measures.fetched(subgraph, outcome, perf_counter() - started)
            self._trace.fetch_ended(span, outcome)


def body_of(request: SubgraphRequest) -> bytes:
    body: dict[str, Any] = {"query": request.query}
    if request.variables:
        body["variables"] = request.variables
    if request.operation_name is not None:
        body["operationName"] = request.operation_name
    return orjson.dumps(body)


def graphql_response(subgraph: str, answer: Answer) -> Mapping[str, Any]:
    """The GraphQL response in an HTTP answer: an object with data, errors or both."""
    try:
        response = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        response = None
    if is_graphql_response(response):
        return response  # type: ignore[no-any-return]
    if answer.status >= 300:
        raise Unwell(subgraph, answer.status)
    raise Garbled(subgraph)


def is_graphql_response(response: object) -> bool:
    if type(response) is not dict:
        return False
    data, errors = response.get("data"), response.get("errors")
    if data is not None and not isinstance(data, dict):
        return False
    if errors is None:
        return data is not None
    return isinstance(errors, list) and all(isinstance(error, dict) for error in errors)
