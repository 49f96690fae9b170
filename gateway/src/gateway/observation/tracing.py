"""W3C traces: passed on always, recorded by OpenTelemetry only when sampled."""

import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace as otel
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
)

from gateway.documents.silencing import without_values
from gateway.execution import SubgraphRequest

TRACEPARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
TRACESTATE_LENGTH: Final = 512
WELL: Final = frozenset({"ok", "streamed", "left"})
SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)


def setup(service: str) -> None:
    """Send spans where OTEL_EXPORTER_OTLP_ENDPOINT says; without it none are recorded."""
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        name = os.environ.get("OTEL_SERVICE_NAME", service)
        provider = TracerProvider(resource=Resource.create({"service.name": name}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        otel.set_tracer_provider(provider)


class Trace:
    """The trace of one request, when nobody records it: ids made or passed on, nothing else."""

    __slots__ = ("_headers", "trace_id")

    def __init__(self, trace_id: str, parent_id: str, flags: str, state: str | None) -> None:
        self.trace_id = trace_id
        self._headers = f"traceparent: 00-{trace_id}-{parent_id}-{flags}\r\n"
        if state:
            self._headers += f"tracestate: {state}\r\n"

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A part of the work inside the gateway: parse, validate, plan."""
        yield

    def fetch_started(self, request: SubgraphRequest) -> Span | None:
        return None

    def fetch_ended(self, span: Span | None, outcome: str) -> None:
        pass

    def headers(self, span: Span | None) -> str:
        """What a subgraph is told of the trace."""
        return self._headers

    def ended(self, operation: str | None, kind: str | None, outcome: str) -> None:
        pass


class RecordedTrace(Trace):
    """The trace of a sampled request: a span for it, one for each step and each fetch."""

    __slots__ = ("_context", "_span", "_state", "_tracer")

    def __init__(self, tracer: otel.Tracer, parent: SpanContext | None, state: str | None) -> None:
        context = otel.set_span_in_context(NonRecordingSpan(parent)) if parent else None
        self._tracer = tracer
        self._state = state
        self._span = tracer.start_span("graphql", context, SpanKind.SERVER)
        self._context = otel.set_span_in_context(self._span)
        own = self._span.get_span_context()
        super().__init__(f"{own.trace_id:032x}", f"{own.span_id:016x}", "01", state)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        with self._tracer.start_as_current_span(name, self._context):
            yield

    def fetch_started(self, request: SubgraphRequest) -> Span | None:
        document = without_values(request.query)
        attributes = {"graphql.subgraph": request.subgraph, "graphql.document": document}
        return self._tracer.start_span(
            "graphql.fetch", self._context, SpanKind.CLIENT, attributes=attributes
        )

    def fetch_ended(self, span: Span | None, outcome: str) -> None:
        if span is not None:
            span.set_attribute("graphql.outcome", outcome)
            span.end()

    def headers(self, span: Span | None) -> str:
        if span is None:
            return self._headers
        own = span.get_span_context()
        state = f"tracestate: {self._state}\r\n" if self._state else ""
        return f"traceparent: 00-{own.trace_id:032x}-{own.span_id:016x}-01\r\n{state}"

    def ended(self, operation: str | None, kind: str | None, outcome: str) -> None:
        """Named as OpenTelemetry's conventions for GraphQL servers say: by kind and name."""
        self._span.set_attribute("graphql.outcome", outcome)
        if kind is not None:
            self._span.set_attribute("graphql.operation.type", kind)
        if kind is not None and operation is not None:
            self._span.set_attribute("graphql.operation.name", operation)
            self._span.update_name(f"{kind} {operation}")
        if outcome not in WELL:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


class Tracing:
    """Decides which requests are recorded: those whose caller does, and a share of the others."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._tracer = otel.get_tracer("gateway")
        self._records = isinstance(otel.get_tracer_provider(), TracerProvider)

    def trace(self, traceparent: str | None, tracestate: str | None) -> Trace:
        known = TRACEPARENT.fullmatch(traceparent) if traceparent else None
        state = (
            tracestate if known and tracestate and len(tracestate) <= TRACESTATE_LENGTH else None
        )
        if known is None:
            return self._new_trace()
        trace_id, parent_id, flags = known.groups()
        if self._records and int(flags, 16) & TraceFlags.SAMPLED:
            parent = SpanContext(int(trace_id, 16), int(parent_id, 16), True, SAMPLED)
            return RecordedTrace(self._tracer, parent, state)
        return Trace(trace_id, parent_id, flags, state)

    def _new_trace(self) -> Trace:
        if self._records and random.random() < self._share:  # noqa: S311
            return RecordedTrace(self._tracer, None, None)
        trace_id, parent_id = random.getrandbits(128) | 1, random.getrandbits(64) | 1
        return Trace(f"{trace_id:032x}", f"{parent_id:016x}", "00", None)
