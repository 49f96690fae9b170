"""The newest traces, in a file that never grows beyond its bound."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from local.desk.traces import otlp
from local.desk.traces.otlp import Received

KEPT_SPANS = 300_000
TIDY_EVERY_SPANS = 5_000
LARGEST_SHOWN_TRACE = 5_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS spans (
    number INTEGER PRIMARY KEY, trace_id BLOB NOT NULL, span_id BLOB NOT NULL,
    service TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (trace_id, span_id)
);
CREATE TABLE IF NOT EXISTS traces (
    trace_id BLOB PRIMARY KEY, name TEXT NOT NULL, rooted INTEGER NOT NULL,
    start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
    spans INTEGER NOT NULL, errors INTEGER NOT NULL, newest_span INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS traces_by_start ON traces (start_ns);
CREATE TABLE IF NOT EXISTS trace_services (
    trace_id BLOB, service TEXT, PRIMARY KEY (trace_id, service)
) WITHOUT ROWID;
"""

_COUNT_TRACE = """
INSERT INTO traces VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (trace_id) DO UPDATE SET
    name = iif(
        excluded.rooted > rooted OR excluded.rooted = rooted AND excluded.start_ns < start_ns,
        excluded.name, name),
    rooted = max(rooted, excluded.rooted),
    start_ns = min(start_ns, excluded.start_ns),
    end_ns = max(end_ns, excluded.end_ns),
    spans = spans + excluded.spans,
    errors = errors + excluded.errors,
    newest_span = excluded.newest_span
"""

_FIND = """
SELECT trace_id, name, start_ns, end_ns - start_ns, spans, errors,
    (SELECT group_concat(service, ',') FROM trace_services s WHERE s.trace_id = t.trace_id)
FROM traces t
WHERE (:text = '' OR instr(lower(name), lower(:text)) OR instr(lower(hex(trace_id)), lower(:text)) = 1)
    AND (:service = '' OR EXISTS (
        SELECT 1 FROM trace_services s WHERE s.trace_id = t.trace_id AND s.service = :service))
    AND end_ns - start_ns >= :minimum_ns AND (NOT :only_errors OR errors > 0)
ORDER BY start_ns DESC LIMIT :limit
"""


@dataclass
class _Batch:
    """What one request adds to one trace."""

    name: str = ""
    rooted: bool = False
    start_ns: int = 2**63 - 1
    end_ns: int = 0
    spans: int = 0
    errors: int = 0
    services: set[str] = field(default_factory=set)

    def add(self, service: str, span: Span) -> None:
        rooted = not span.parent_span_id
        earlier = span.start_time_unix_nano < self.start_ns
        if rooted > self.rooted or (rooted == self.rooted and earlier):
            self.name, self.rooted = span.name, rooted
        self.start_ns = min(self.start_ns, span.start_time_unix_nano)
        self.end_ns = max(self.end_ns, span.end_time_unix_nano)
        self.spans += 1
        self.errors += otlp.failed(span)
        self.services.add(service)


@dataclass(frozen=True)
class Wanted:
    """What to look for; nothing given finds the newest."""

    text: str = ""
    service: str = ""
    minimum_ms: float = 0
    only_errors: bool = False
    limit: int = 50


class TraceStore:
    """One file, one writer. Traces are no treasure: a file that cannot be read is replaced."""

    def __init__(self, path: Path, kept_spans: int = KEPT_SPANS) -> None:
        self._kept_spans = kept_spans
        self._since_tidied = 0
        try:
            self._database = _opened(path)
        except sqlite3.DatabaseError:
            path.unlink()
            self._database = _opened(path)

    def add(self, received: Iterable[Received]) -> None:
        batches: dict[bytes, _Batch] = {}
        rows = []
        for service, span in ((one.service, one.span) for one in received):
            batches.setdefault(span.trace_id, _Batch()).add(service, span)
            rows.append((span.trace_id, span.span_id, service, span.SerializeToString()))
        with self._database as database:
            database.executemany(
                "INSERT OR IGNORE INTO spans (trace_id, span_id, service, body)"
                " VALUES (?, ?, ?, ?)",
                rows,
            )
            self._count(batches)
        self._tidy(len(rows))

    def find(self, wanted: Wanted) -> list[dict[str, object]]:
        values = {
            "text": wanted.text,
            "service": wanted.service,
            "minimum_ns": int(wanted.minimum_ms * 1e6),
            "only_errors": wanted.only_errors,
            "limit": wanted.limit,
        }
        columns = ("name", "start_ns", "duration_ns", "spans", "errors")
        return [
            {"trace_id": row[0].hex()}
            | dict(zip(columns, row[1:6], strict=True))
            | {"services": sorted((row[6] or "").split(","))}
            for row in self._database.execute(_FIND, values)
        ]

    def trace(self, trace_id: bytes) -> list[dict[str, object]]:
        """Its spans by start, empty when it is not or no longer here."""
        found = self._database.execute(
            "SELECT service, body FROM spans WHERE trace_id = ? LIMIT ?",
            (trace_id, LARGEST_SHOWN_TRACE),
        )
        spans = [(service, Span.FromString(body)) for service, body in found]
        spans.sort(key=lambda one: one[1].start_time_unix_nano)
        since_ns = spans[0][1].start_time_unix_nano if spans else 0
        return [otlp.shown(service, span, since_ns) for service, span in spans]

    def services(self) -> list[str]:
        found = self._database.execute("SELECT DISTINCT service FROM trace_services ORDER BY 1")
        return [service for (service,) in found]

    def close(self) -> None:
        self._database.close()

    def _count(self, batches: dict[bytes, _Batch]) -> None:
        newest = self._newest()
        self._database.executemany(
            _COUNT_TRACE,
            [
                (key, one.name, one.rooted, one.start_ns, one.end_ns, one.spans, one.errors, newest)
                for key, one in batches.items()
            ],
        )
        self._database.executemany(
            "INSERT OR IGNORE INTO trace_services VALUES (?, ?)",
            [(key, service) for key, one in batches.items() for service in one.services],
        )

    def _newest(self) -> int:
        (newest,) = self._database.execute("SELECT coalesce(max(number), 0) FROM spans").fetchone()
        return int(newest)

    def _tidy(self, added: int) -> None:
        self._since_tidied += added
        if self._since_tidied < min(TIDY_EVERY_SPANS, self._kept_spans):
            return
        self._since_tidied = 0
        oldest = (self._newest() - self._kept_spans,)
        with self._database as database:
            database.execute("DELETE FROM spans WHERE number <= ?", oldest)
            database.execute("DELETE FROM traces WHERE newest_span <= ?", oldest)
            database.execute(
                "DELETE FROM trace_services WHERE trace_id NOT IN (SELECT trace_id FROM traces)"
            )


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = OFF")
    database.executescript(_SCHEMA)
    return database
