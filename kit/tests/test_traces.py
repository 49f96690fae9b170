"""One trace from the request through SQL, outbox and bus to the reaction."""

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kit import statements, telemetry
from kit.relay import traced
from kit.tables import outbox
from kit.telemetry import span
from kit.testing.harness import Harness

WRITE = 'mutation { writeNote(text: "hello") { __typename } }'


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    recording = provider.get_tracer("test")
    for module in (telemetry, statements):
        monkeypatch.setattr(module, "tracer", recording)
    return exporter


async def test_a_request_its_statements_and_the_reaction_are_one_trace(
    harness: Harness, spans: InMemorySpanExporter
) -> None:
    await harness.graph(WRITE, as_=harness.token("writer"))
    async with harness.db.reading() as session:
        row = (await session.execute(outbox.select())).one()
    passed_on = traced(row.subject, row.trace)

    names = [each.name for each in spans.get_finished_spans()]

    traces = {each.context.trace_id for each in spans.get_finished_spans() if each.context}
    assert len(traces) == 1
    assert names.count("INSERT") == 2
    assert "POST /graphql" in names
    assert f"publish {row.subject}" in names
    assert passed_on.split("-")[1] == row.trace.split("-")[1]
    assert passed_on != row.trace


async def test_a_failed_statement_shows_and_no_value_does(
    harness: Harness, spans: InMemorySpanExporter
) -> None:
    secret = "138 0000 0000"

    with span("request"):
        async with harness.db.reading() as session:
            with pytest.raises(DBAPIError):
                await session.execute(text("SELECT CAST(:value AS uuid)"), {"value": secret})

    failed = [each for each in spans.get_finished_spans() if each.name == "SELECT"]
    assert [each.status.is_ok for each in failed] == [False]
    assert secret not in str([each.to_json() for each in failed])


def test_outside_a_recorded_trace_nothing_is_added() -> None:
    unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"

    assert traced("a.b", unsampled) == unsampled
    assert traced("a.b", "") == ""
    assert not trace.get_current_span().is_recording()
