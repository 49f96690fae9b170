"""The responses of a job, one after the other: one for a query, any number for a subscription."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from gateway.engine import Engine, Job
from gateway.execution import Result, SubgraphFailure, execute_event
from gateway.refusals import OperationRefused, error
from gateway.subscriptions.source import Source
from kit.identity import Caller


class Subscriptions:
    """Runs jobs whose responses are streamed; only so many subscriptions at once."""

    def __init__(self, engine: Engine, source: Source) -> None:
        self.engine = engine
        self.draining = asyncio.Event()
        self._source = source
        self._open = 0

    async def responses(self, job: Job) -> AsyncGenerator[dict[str, Any], None]:
        """Ends when the subgraph ends it, fails, or the caller's token expires."""
        if not job.operation.streams:
            yield await self.engine.run(job)
            return
        if self._open >= self.engine.settings.max_subscriptions:
            raise OperationRefused([error("Too many subscriptions are open.", "OVERLOADED")])
        self._open += 1
        self.engine.measures.subscriptions_changed(1)
        try:
            async for response in self._subscribed(job):
                yield response
        finally:
            self._open -= 1
            self.engine.measures.subscriptions_changed(-1)

    async def _subscribed(self, job: Job) -> AsyncGenerator[dict[str, Any], None]:
        try:
            async with (
                asyncio.timeout(seconds_left(job.client.caller)),
                aclosing(self._events(job)) as events,
            ):
                async for response in events:
                    yield response
        except TimeoutError:
            yield self._failed(job, "The token has expired.", "UNAUTHENTICATED")
        except SubgraphFailure as failure:
            yield self._failed(job, failure.message, failure.code)

    async def _events(self, job: Job) -> AsyncGenerator[dict[str, Any], None]:
        start = job.planned.plan.subscription
        if start is None:
            yield self.engine.response(job, Result(None))
            return
        variables = {n: job.variables[n] for n in start.variable_names if n in job.variables}
        request: dict[str, Any] = {"query": start.query, "variables": variables}
        if start.operation_name is not None:
            request["operationName"] = start.operation_name
        upstream = job.graph.upstreams[start.subgraph]
        async with aclosing(
            self._source.events(upstream, request, header_lines(job.client.headers))
        ) as events:
            async for event in events:
                fetching = self.engine.fetching(job)
                result = await execute_event(job.planned.plan, event, job.variables, fetching)
                yield self.engine.response(job, result)

    def _failed(self, job: Job, message: str, code: str) -> dict[str, Any]:
        result = Result(None, [error(message, code)])
        masked = self.engine.masking.errors(result.errors, job.trace.trace_id)
        return {"errors": masked, "data": None}


def seconds_left(caller: Caller | None) -> float | None:
    expires = caller.claims.get("exp") if caller else None
    return max(0.0, float(expires) - time.time()) if isinstance(expires, int | float) else None


def header_lines(block: str) -> dict[str, str]:
    lines = (line.partition(": ") for line in block.split("\r\n") if line)
    return {name: value for name, _, value in lines}
