"""OpenTelemetry's wire format: what arrives, read into spans, and spans read for people."""

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

LARGEST_BODY_BYTES = 64_000_000
_GZIP = 16 + zlib.MAX_WBITS
_IDENTIFIERS = ("traceId", "spanId", "parentSpanId")


class Unreadable(Exception):
    """The sender's fault; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Received:
    """A span as it arrived, and the service that sent it."""

    service: str
    span: Span


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body as it was before compression, unless that is more than anybody should send."""
    if encoding in {"", "identity"}:
        return body
    if encoding != "gzip":
        raise Unreadable(f"the encoding {encoding!r} is not understood: send gzip or none")
    try:
        unpacking = zlib.decompressobj(_GZIP)
        content = unpacking.decompress(body, LARGEST_BODY_BYTES)
    except zlib.error as error:
        raise Unreadable("the body is not gzip") from error
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise Unreadable("the body is cut short, or too large once unpacked")
    return content


def from_protobuf(body: bytes) -> list[Received]:
    try:
        return list(_spans(ExportTraceServiceRequest.FromString(body)))
    except DecodeError as error:
        raise Unreadable("the body is no ExportTraceServiceRequest") from error


def from_json(body: bytes) -> list[Received]:
    try:
        request = ParseDict(
            _with_base64_identifiers(json.loads(body)),
            ExportTraceServiceRequest(),
            ignore_unknown_fields=True,
        )
    except (ValueError, ParseError, RecursionError, binascii.Error) as error:
        raise Unreadable("the body is no ExportTraceServiceRequest in JSON") from error
    return list(_spans(request))


def _with_base64_identifiers(value: Any) -> Any:
    """OTLP writes identifiers in hex, where protobuf's own JSON has base64."""
    if isinstance(value, list):
        return [_with_base64_identifiers(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(one)).decode()
        if key in _IDENTIFIERS and isinstance(one, str)
        else _with_base64_identifiers(one)
        for key, one in value.items()
    }


def _spans(request: ExportTraceServiceRequest) -> Iterator[Received]:
    for resource in request.resource_spans:
        service = _service(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                if len(span.trace_id) != 16 or len(span.span_id) != 8:
                    raise Unreadable("a span has no valid trace id or span id")
                yield Received(service, span)


def _service(attributes: Iterable[KeyValue]) -> str:
    for attribute in attributes:
        if attribute.key == "service.name":
            return str(attribute.value.string_value)
    return "unknown"


def failed(span: Span) -> bool:
    return span.status.code == Status.STATUS_CODE_ERROR


def shown(service: str, span: Span, since_ns: int) -> dict[str, object]:
    """A span as the page and programs read it; `since_ns` is where its trace began."""
    return {
        "span_id": span.span_id.hex(),
        "parent_id": span.parent_span_id.hex() or None,
        "service": service,
        "name": span.name,
        "kind": Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        "start_ns": span.start_time_unix_nano,
        "after_ns": span.start_time_unix_nano - since_ns,
        "duration_ns": max(span.end_time_unix_nano - span.start_time_unix_nano, 0),
        "error": failed(span),
        "message": span.status.message,
        "attributes": _attributes(span.attributes),
        "events": [
            {
                "name": event.name,
                "after_ns": event.time_unix_nano - span.start_time_unix_nano,
                "attributes": _attributes(event.attributes),
            }
            for event in span.events
        ],
        "links": [link.trace_id.hex() for link in span.links],
    }


def _attributes(attributes: Iterable[KeyValue]) -> dict[str, object]:
    return {pair.key: _value(pair.value) for pair in attributes}


def _value(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    if kind == "bytes_value":
        return value.bytes_value.hex()
    return getattr(value, kind) if kind else None
