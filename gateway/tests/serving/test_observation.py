"""What is seen from outside: metrics, traces, slow operations, uses of fields."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from gateway.tests.serving.subgraphs import answering
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from gateway.observation.tracing import Tracing

PARENT = "0af7651916cd43dd8448eb211c80319c"


async def test_requests_are_counted_by_operation_and_outcome(a_gateway, subgraphs):
    front = await a_gateway()
    await front.json("query Shelf { books { id } }")
    await front.json("query Shelf { books { id } }")
    await front.json("{ books { id } }")
    await front.json("{ nothing }")
    subgraphs["books"].misbehaviour = answering(404)
    await front.json("query Shelf { books { id } }")

    for labels, count in (
        ('operation="Shelf",outcome="ok"', 2),
        ('operation="Shelf",outcome="errors"', 1),
        ('operation="anonymous",outcome="ok"', 1),
        ('operation="refused",outcome="GRAPHQL_VALIDATION_FAILED"', 1),
    ):
        assert await front.metric(f"gateway_requests_total{{{labels}}}") == count
    assert await front.metric('gateway_request_seconds_count{operation="Shelf"}') == 3


async def test_fetches_are_counted_by_subgraph_and_outcome(a_gateway, subgraphs):
    front = await a_gateway(subgraph_attempts=1)
    subgraphs["reviews"].misbehaviour = answering(500)
    await front.json("{ book(id: 1) { title rating } }")

    for labels in (
        'outcome="answered",subgraph="books"',
        'outcome="SUBGRAPH_HTTP_ERROR",subgraph="reviews"',
    ):
        assert await front.metric(f"gateway_fetches_total{{{labels}}}") == 1


async def test_clients_cannot_make_up_series_without_end(a_gateway):
    front = await a_gateway()
    for n in range(210):
        await front.json(f"query Name{n} {{ __typename }}")

    lines = (await front.http.get("/metrics")).text.splitlines()

    assert len([line for line in lines if line.startswith("gateway_requests_total{")]) == 201
    assert await front.metric('gateway_requests_total{operation="others",outcome="ok"}') == 10


async def test_uses_of_fields_are_counted_so_that_the_unused_can_go(a_gateway, monkeypatch):
    monkeypatch.setattr("gateway.watching.LOOK_SECONDS", 0.02)
    front = await a_gateway()
    for _ in range(3):
        await front.json("{ book(id: 1) { old ...F } } fragment F on Book { title }")
    while not await front.metric('gateway_field_uses_total{field="old",type="Book"}'):  # noqa: ASYNC110
        await asyncio.sleep(0.02)

    assert await front.metric('gateway_field_uses_total{field="old",type="Book"}') == 3
    assert await front.metric('gateway_field_uses_total{field="title",type="Book"}') == 3
    assert await front.metric('gateway_field_uses_total{field="rating",type="Book"}') == 0


async def test_a_slow_operation_is_logged_with_its_plan_and_without_its_variables(
    a_gateway, subgraphs, capsys
):
    front = await a_gateway(slow_seconds=0.05)
    subgraphs["books"].delay_seconds = 0.1

    await front.json("query Slow($id: ID!) { book(id: $id) { title } }", id="personal")

    [line] = [each for each in capsys.readouterr().out.splitlines() if "slow operation" in each]
    assert "operation='Slow'" in line
    assert "query from books" in line
    assert "personal" not in line


async def test_values_written_into_a_document_reach_neither_traces_nor_logs(
    a_gateway, subgraphs, recorded, capsys
):
    front = await a_gateway(slow_seconds=0.05)
    subgraphs["books"].delay_seconds = 0.1
    headers = {"traceparent": f"00-{PARENT}-b7ad6b7169203331-01"}

    answer = await front.json(
        '{ a1: book(id: "per\\"sonal") { title } b: book(id: """per"sonal""") { title } '
        "books(first: 1397) { id } }",
        headers=headers,
    )

    assert "errors" not in answer
    [fetch] = [span for span in recorded.spans() if span.name == "graphql.fetch"]
    document = fetch.attributes["graphql.document"]
    for text in (document, capsys.readouterr().out):
        assert "sonal" not in text
        assert "1397" not in text
        assert ': book(id: "") { title }' in text
        assert "books(first: 0)" in text


async def test_a_trace_is_passed_on_whether_recorded_or_not(front, subgraphs):
    headers = {"traceparent": f"00-{PARENT}-b7ad6b7169203331-00", "tracestate": "a=b"}
    await front.json("{ books { id } }", headers=headers)
    await front.json("{ books(first: 1) { id } }", headers={"traceparent": "nonsense"})

    known, fresh = (request.headers for request in subgraphs["books"].requests)
    assert known["traceparent"] == headers["traceparent"]
    assert known["tracestate"] == "a=b"
    assert fresh["traceparent"].endswith("-00")
    assert PARENT not in fresh["traceparent"]


@pytest.fixture
async def recorded(monkeypatch) -> AsyncIterator[Any]:
    """Spans as an exporter gets them."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(otel, "get_tracer_provider", lambda: provider)
    monkeypatch.setattr(otel, "get_tracer", lambda name: provider.get_tracer(name))
    yield SimpleNamespace(spans=exporter.get_finished_spans)
    provider.shutdown()


async def test_a_sampled_request_has_a_span_for_each_step_and_each_fetch(
    a_gateway, subgraphs, recorded
):
    front = await a_gateway(trace_share=0)
    headers = {"traceparent": f"00-{PARENT}-b7ad6b7169203331-01"}

    for _ in range(2):
        await front.json("query Both { book(id: 1) { title rating } }", headers=headers)

    names = [span.name for span in recorded.spans()]
    assert names == [
        "graphql.parse",
        "graphql.validate",
        "graphql.plan",
        *["graphql.fetch", "graphql.fetch", "query Both"] * 2,
    ]
    root = recorded.spans()[-1]
    assert f"{root.context.trace_id:032x}" == PARENT
    assert root.attributes["graphql.operation.name"] == "Both"
    fetch = recorded.spans()[3]
    assert fetch.parent.span_id == recorded.spans()[5].context.span_id
    sent = subgraphs["books"].requests[0].headers["traceparent"]
    assert sent == f"00-{PARENT}-{fetch.context.span_id:016x}-01"


async def test_spans_without_a_name_or_an_operation_are_called_graphql(a_gateway, recorded):
    front = await a_gateway(trace_share=1)

    await front.json("{ book(id: 1) { title } }")
    await front.json("query Wrong { nothing }")

    roots = [span for span in recorded.spans() if span.parent is None]
    assert [span.name for span in roots] == ["graphql", "graphql"]
    assert roots[0].attributes["graphql.operation.type"] == "query"
    assert roots[0].status.status_code is StatusCode.UNSET
    assert roots[1].attributes["graphql.outcome"] == "GRAPHQL_VALIDATION_FAILED"
    assert roots[1].status.status_code is StatusCode.ERROR


async def test_only_a_share_of_what_nobody_samples_is_recorded(recorded):
    none, all_ = Tracing(0), Tracing(1)

    for _ in range(20):
        none.trace(None, None).ended("Name", "query", "ok")
        all_.trace(None, None).ended("Name", "query", "ok")

    assert len(recorded.spans()) == 20
