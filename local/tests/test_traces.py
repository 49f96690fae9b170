import gzip
import json
import secrets
import tempfile
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from local.desk.traces.otlp import Received
from local.desk.traces.store import TraceStore, Wanted

MS = 1_000_000
NOON = 1_800_000_000_000_000_000


def an_export(
    trace_id: bytes, service: str = "loyalty", **span: object
) -> ExportTraceServiceRequest:
    export = ExportTraceServiceRequest()
    resource = export.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    resource.scope_spans.add().spans.append(a_span(trace_id, **span))
    return export


def a_span(trace_id: bytes, **fields: object) -> Span:
    given = {"name": "earn_points", "start_time_unix_nano": NOON, "end_time_unix_nano": NOON + MS}
    return Span(**{"trace_id": trace_id, "span_id": secrets.token_bytes(8), **given, **fields})


def send(desk: httpx.Client, body: bytes, kind: str, encoding: str = "identity") -> httpx.Response:
    headers = {"content-type": kind, "content-encoding": encoding}
    return desk.post("/v1/traces", content=body, headers=headers)


def test_what_comes_in_compressed_is_shown_span_by_span(desk: httpx.Client) -> None:
    trace_id = secrets.token_bytes(16)
    export = an_export(trace_id, span_id=b"12345678", kind=Span.SPAN_KIND_CONSUMER)
    span = export.resource_spans[0].scope_spans[0].spans[0]
    span.status.code, span.status.message = 2, "5 points are needed, 3 are left."
    span.attributes.add(key="points").value.int_value = 5
    span.attributes.add(key="ids").value.array_value.values.add().string_value = "a"
    span.events.add(name="exception", time_unix_nano=NOON + 500)

    answer = send(desk, gzip.compress(export.SerializeToString()), "application/x-protobuf", "gzip")

    assert (answer.status_code, answer.content) == (200, b"")
    assert desk.get(f"/api/traces/{trace_id.hex()}").json() == {
        "trace_id": trace_id.hex(),
        "spans": [
            {
                "span_id": b"12345678".hex(),
                "parent_id": None,
                "service": "loyalty",
                "name": "earn_points",
                "kind": "consumer",
                "start_ns": NOON,
                "after_ns": 0,
                "duration_ns": MS,
                "error": True,
                "message": "5 points are needed, 3 are left.",
                "attributes": {"points": 5, "ids": ["a"]},
                "events": [{"name": "exception", "after_ns": 500, "attributes": {}}],
                "links": [],
            }
        ],
    }


def test_json_is_understood_with_identifiers_in_hex(desk: httpx.Client) -> None:
    trace_id = secrets.token_hex(16)
    span = {"traceId": trace_id, "spanId": "0102030405060708", "name": "decide", "kind": 1}
    service = {"key": "service.name", "value": {"stringValue": "campaign"}}
    export = {
        "resourceSpans": [
            {"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [span]}]}
        ]
    }

    answer = send(desk, json.dumps(export).encode(), "application/json")

    assert answer.json() == {}
    (shown,) = desk.get(f"/api/traces/{trace_id}").json()["spans"]
    assert (shown["span_id"], shown["service"]) == ("0102030405060708", "campaign")


def test_a_trace_whose_root_never_came_is_named_by_what_happened_first(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "traces.sqlite")
    late = {"start_time_unix_nano": NOON + MS, "end_time_unix_nano": NOON + 2 * MS}
    inner = a_span(b"a" * 16, name="graphql.parse", parent_span_id=b"12345678", **late)
    outer = a_span(b"a" * 16, name="graphql.request", parent_span_id=b"caller--")

    store.add([Received("gateway", inner)])
    store.add([Received("gateway", inner), Received("gateway", outer)])

    assert [trace["name"] for trace in store.find(Wanted())] == ["graphql.request"]
    store.close()


def test_a_trace_from_several_services_is_one_trace_named_by_its_root(desk: httpx.Client) -> None:
    trace_id = secrets.token_bytes(16)
    late = {"start_time_unix_nano": NOON + 40 * MS, "end_time_unix_nano": NOON + 50 * MS}
    reaction = an_export(trace_id, "loyalty", parent_span_id=b"12345678", **late)
    root = an_export(trace_id, "gateway", name="query CustomerStory", span_id=b"12345678")

    for export in (reaction, root):
        send(desk, export.SerializeToString(), "application/x-protobuf")

    (found,) = desk.get("/api/traces", params={"text": trace_id.hex()}).json()["traces"]
    assert found == {
        "trace_id": trace_id.hex(),
        "name": "query CustomerStory",
        "start_ns": NOON,
        "duration_ns": 50 * MS,
        "spans": 2,
        "errors": 0,
        "services": ["gateway", "loyalty"],
    }


@pytest.mark.parametrize(
    ("body", "kind", "encoding", "status", "message"),
    [
        (b"\xff\xff", "application/x-protobuf", "identity", 400, "no ExportTraceServiceRequest"),
        (b"{", "application/json", "identity", 400, "no ExportTraceServiceRequest in JSON"),
        (b'{"resourceSpans": 1}', "application/json", "identity", 400, "in JSON"),
        (b"[" * 5000, "application/json", "identity", 400, "in JSON"),
        (b"plain", "application/x-protobuf", "gzip", 400, "the body is not gzip"),
        (gzip.compress(b"x" * 99, mtime=0)[:-9], "application/json", "gzip", 400, "cut short"),
        (
            gzip.compress(bytes(70_000_000), mtime=0),
            "application/x-protobuf",
            "gzip",
            400,
            "too large",
        ),
        (b"x", "application/x-protobuf", "br", 400, "send gzip or none"),
        (bytes(17_000_000), "application/x-protobuf", "identity", 400, "the body is too large"),
        (b"", "text/plain", "identity", 415, "send application/x-protobuf or application/json"),
    ],
)
def test_what_is_no_trace_is_refused_with_a_reason(
    desk: httpx.Client, body: bytes, kind: str, encoding: str, status: int, message: str
) -> None:
    before = desk.get("/api/traces").json()

    answer = send(desk, body, kind, encoding)

    assert answer.status_code == status
    assert message in answer.json()["message"]
    assert desk.get("/api/traces").json() == before


def test_a_span_without_a_valid_identifier_is_refused(desk: httpx.Client) -> None:
    answer = send(desk, an_export(b"short").SerializeToString(), "application/x-protobuf")

    assert answer.status_code == 400
    assert answer.json()["message"] == "a span has no valid trace id or span id"


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/api/traces/xyz", 400, "a trace id is 32 hexadecimal digits"),
        (f"/api/traces/{'0' * 32}", 404, "this trace is not here: not yet, or no longer"),
        ("/api/traces?minimum_ms=long", 400, "minimum_ms and limit are numbers"),
    ],
)
def test_a_question_that_has_no_answer_is_refused(
    desk: httpx.Client, path: str, status: int, message: str
) -> None:
    answer = desk.get(path)

    assert (answer.status_code, answer.json()) == (status, {"message": message})


def test_traces_are_found_by_name_service_duration_and_failure(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "traces.sqlite")
    slow = {"end_time_unix_nano": NOON + 900 * MS}
    failed = a_span(b"c" * 16, name="redeem")
    failed.status.code = 2
    store.add([Received("campaign", a_span(b"a" * 16, name="POST /v1/orders", **slow))])
    store.add([Received("loyalty", a_span(b"b" * 16)), Received("loyalty", failed)])

    def found(**wanted: object) -> set[object]:
        return {trace["trace_id"][:2] for trace in store.find(Wanted(**wanted))}

    assert found() == {"61", "62", "63"}
    assert found(text="v1/ORD") == {"61"}
    assert found(service="loyalty") == {"62", "63"}
    assert found(minimum_ms=899) == {"61"}
    assert found(only_errors=True) == {"63"}
    assert found(service="loyalty", text="earn") == {"62"}
    assert found(text="%") == set()
    store.close()


def test_a_file_that_is_no_store_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "traces.sqlite").write_bytes(b"no database" * 1000)

    store = TraceStore(tmp_path / "traces.sqlite")

    assert store.find(Wanted()) == []
    store.close()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=20), max_size=20))
def test_the_store_keeps_the_newest_and_never_more_than_twice_its_bound(
    batches: list[list[int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = TraceStore(Path(folder) / "traces.sqlite", kept_spans=10)

        for batch in batches:
            store.add([Received("loyalty", a_span(bytes([number]) * 16)) for number in batch])

        traces = store.find(Wanted())
        kept = [span for trace in traces for span in store.trace(bytes.fromhex(trace["trace_id"]))]
        newest = [number for batch in batches for number in batch][-1:]
        assert len(kept) <= 10 + 20
        assert {f"{number:02x}" * 16 for number in newest} <= {one["trace_id"] for one in traces}
        store.close()
