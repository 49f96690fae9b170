"""One GraphQL request, whatever brought it: found, checked, authorised, planned, carried out."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any, NamedTuple

import structlog

from gateway.documents.library import Document
from gateway.documents.operations import Operation, Planned
from gateway.documents.silencing import without_values
from gateway.documents.trusted import TrustedDocuments
from gateway.execution import Result, execute
from gateway.graphs import Graph, Graphs
from gateway.http.asgi import Headers, text
from gateway.http.requests import GraphQLRequest
from gateway.masking import Masking
from gateway.observation.measures import Measures
from gateway.observation.tracing import Trace
from gateway.overrides import NONE, Overrides, labels_in
from gateway.protection.authentication import Authentication
from gateway.protection.rates import Rates
from gateway.refusals import RequestRefused, error
from gateway.settings import Settings
from gateway.upstream.fetching import Fetching
from kit.identity import Caller

logger = structlog.stdlib.get_logger(__name__)


class Client(NamedTuple):
    """Who sent a request, and what of its headers subgraphs get to see."""

    caller: Caller | None
    headers: str
    labels: frozenset[str] = NONE


class Job(NamedTuple):
    """A request that may be run."""

    graph: Graph
    document: Document
    operation: Operation
    planned: Planned
    variables: Mapping[str, Any]
    client: Client
    trace: Trace


class Engine:
    """Runs requests against the current supergraph."""

    def __init__(
        self,
        settings: Settings,
        graphs: Graphs,
        authentication: Authentication,
        trusted: TrustedDocuments,
        measures: Measures,
    ) -> None:
        self.settings = settings
        self.graphs = graphs
        self.measures = measures
        self.masking = Masking(not settings.open_to_developers)
        self._authentication = authentication
        self._trusted = trusted
        self._rates = Rates(settings.rate_per_second, settings.rate_burst)
        self._overrides = Overrides(settings.override_labels)
        self._override_header = settings.override_header.lower().encode()
        self._forwarded = [
            (name.lower(), name.lower().encode()) for name in settings.forwarded_headers
        ]

    async def client(self, headers: Headers, address: str) -> Client:
        """Who is calling; refused with 401 or 429."""
        try:
            caller = await self._authentication.caller(text(headers.get(b"authorization")))
        except RequestRefused:
            self._rates.take(address)
            raise
        self._rates.take(caller.subject if caller else address)
        passed_on = ""
        for name, raw in self._forwarded:
            if raw in headers:
                passed_on += f"{name}: {headers[raw].decode('latin-1')}\r\n"
        asked = headers.get(self._override_header) if self._override_header else None
        return Client(caller, passed_on, labels_in(asked))

    async def job(
        self, request: GraphQLRequest, client: Client, trace: Trace, *, by_get: bool = False
    ) -> Job:
        """The request as it will be run, or the reason why it is not."""
        graph = self.graphs.current
        library = graph.library
        document = await library.document(self._trusted.text(request), trace)
        operation = document.operation(request.operation_name)
        if by_get and not operation.reads_only:
            raise only_by_post()
        operation.check(request.variables)
        caller = client.caller
        labels = self._overrides.on(
            library.supergraph.override_labels, client.labels, caller.subject if caller else None
        )
        key = operation.key(request.variables, caller, self._authentication.enforced, labels)
        planned = operation.known_plan(key) or await library.planned(operation, key, trace)
        operation.runs += 1
        return Job(graph, document, operation, planned, request.variables, client, trace)

    def fetching(self, job: Job) -> Fetching:
        return Fetching(
            job.graph.upstreams,
            job.client.headers,
            self.settings.request_seconds,
            job.trace,
            self.measures,
        )

    async def run(self, job: Job) -> dict[str, Any]:
        """The GraphQL response of a query or mutation."""
        started = perf_counter()
        result = await execute(
            job.planned.plan,
            job.variables,
            self.fetching(job),
            batch_size=self.settings.batch_size,
        )
        seconds = perf_counter() - started
        if seconds > self.settings.slow_seconds:
            tell_slow(job, seconds)
        return self.response(job, result)

    def response(self, job: Job, result: Result) -> dict[str, Any]:
        result = job.planned.completed(result)
        if not result.errors:
            return {"data": result.data}
        errors = self.masking.errors(result.errors, job.trace.trace_id)
        return {"errors": errors, "data": result.data}

    def ended(
        self, operation: Operation | None, outcome: str, started: float, trace: Trace
    ) -> None:
        """Count a request and end its trace; without an operation it was refused."""
        name = self.measures.label_of(operation.name) if operation else "refused"
        self.measures.answered(name, outcome, perf_counter() - started)
        if operation is None:
            trace.ended(None, None, outcome)
        else:
            trace.ended(operation.name, operation.kind, outcome)


def only_by_post() -> RequestRefused:
    return RequestRefused(
        [error("GET runs queries only.", "METHOD_NOT_ALLOWED")],
        status=405,
        headers=(("allow", "POST"),),
    )


def tell_slow(job: Job, seconds: float) -> None:
    """Log a slow operation with its plan; all values may be personal data and are left out."""
    logger.warning(
        "slow operation",
        operation=job.operation.name,
        kind=job.operation.kind,
        document=job.document.hash(),
        seconds=round(seconds, 3),
        request_trace=job.trace.trace_id,
        plan=without_values(job.planned.plan.describe()),
    )
