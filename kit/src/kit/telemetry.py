"""Traces: one through every hop, sent by OTLP when the environment says where."""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

SILENT: Final = nullcontext(trace.INVALID_SPAN)
tracer = trace.get_tracer("octoreach")


def setup(service: str) -> None:
    """Send spans where OTEL_EXPORTER_OTLP_ENDPOINT says; sample as OTEL_TRACES_SAMPLER says."""
    global tracer  # once, before anything is served
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    name = os.environ.get("OTEL_SERVICE_NAME", service)
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    tracer = trace.get_tracer("octoreach")


def shutdown() -> None:
    """Send what is still held."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def parent_of(carrier: Mapping[str, str]) -> Context:
    """The context that a caller passed on in W3C headers; nothing where nobody listens."""
    return Context() if nobody_listens() else propagate.extract(carrier)


def span(
    name: str,
    *,
    parent: Context | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int | float | bool] | None = None,
) -> AbstractContextManager[Span]:
    """A span around a block; an exception marks it and goes on."""
    if nobody_listens():
        return SILENT
    return tracer.start_as_current_span(name, context=parent, kind=kind, attributes=attributes)


def nobody_listens() -> bool:
    """Whether spans would go nowhere: then making them is only a cost."""
    return isinstance(tracer, trace.ProxyTracer)


def failed(current: Span, reason: str) -> None:
    current.set_status(Status(StatusCode.ERROR, reason))


def trace_id() -> str:
    """The current trace's id in hex, zeros outside any trace."""
    return format(trace.get_current_span().get_span_context().trace_id, "032x")
