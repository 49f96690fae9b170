"""SQL in traces: a span per statement where a trace is being recorded, and nothing otherwise.

OpenTelemetry's own instrumentation declines SQLAlchemy 2.1, and costs a span object per statement
also where nobody records.
"""

from collections.abc import Awaitable
from typing import Any, TypeVar

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from kit.telemetry import nobody_listens, tracer

SHOWN_CHARACTERS = 2_000
SPAN = "_kit_span"
T = TypeVar("T")


def watch_statements(engine: AsyncEngine) -> None:
    """Let every statement of `engine` show in the trace it runs in. Values are never shown."""
    event.listen(engine.sync_engine, "before_cursor_execute", _begin)
    event.listen(engine.sync_engine, "after_cursor_execute", _end)
    event.listen(engine.sync_engine, "handle_error", _fail)


async def watched(sql: str, answer: Awaitable[T]) -> T:
    """The same for a statement that asyncpg runs."""
    if nobody_listens() or not trace.get_current_span().is_recording():
        return await answer
    with tracer.start_as_current_span(_name(sql), kind=SpanKind.CLIENT, attributes=_told(sql)):
        return await answer


def _begin(_: Any, __: Any, statement: str, ___: Any, context: Any, ____: bool) -> None:
    if context is None or nobody_listens():
        return
    if trace.get_current_span().is_recording():
        span = tracer.start_span(
            _name(statement), kind=SpanKind.CLIENT, attributes=_told(statement)
        )
        setattr(context, SPAN, span)


def _end(_: Any, __: Any, ___: str, ____: Any, context: Any, _____: bool) -> None:
    span: Span | None = getattr(context, SPAN, None)
    if span is not None:
        span.end()


def _fail(failure: ExceptionContext) -> None:
    span: Span | None = getattr(failure.execution_context, SPAN, None)
    if span is not None:
        kind = type(failure.original_exception).__name__
        span.set_status(Status(StatusCode.ERROR, kind))
        span.end()


def _name(statement: str) -> str:
    return statement.split(None, 1)[0].upper() if statement.strip() else "SQL"


def _told(statement: str) -> dict[str, str]:
    return {"db.system.name": "postgresql", "db.query.text": statement[:SHOWN_CHARACTERS]}
