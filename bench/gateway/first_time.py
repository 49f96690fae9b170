"""What a document costs the first time: read, validated, judged, planned."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

from graphql import Lexer, Source, TokenKind

from bench.gateway.queries import FIFTY
from bench.report import median
from gateway.documents.library import Library
from gateway.documents.limits import DocumentLimits
from gateway.documents.reading import DocumentRules
from gateway.observation.measures import Measures
from gateway.observation.tracing import Trace
from gateway.supergraph import Supergraph

HERE = Path(__file__).parent
PART = (
    "p{n}: product(id: {n}) {{ id name price brand {{ id name country }} rating"
    " reviews {{ id stars text }} r: reviews {{ s: stars t: text }} inStock days: deliveryDays }} "
)


def measured() -> Mapping[str, float]:
    """Milliseconds: the median of several documents that differ in their name only."""
    large = "{ " + "".join(PART.format(n=n) for n in range(49)) + "}"
    return {
        "first_time_ms": round(first_time(FIFTY), 2),
        "first_time_large_ms": round(first_time(large), 1),
        "large_tokens": tokens(large),
    }


def first_time(text: str) -> float:
    supergraph = Supergraph.from_sdl((HERE / "supergraph.graphql").read_text(encoding="utf-8"))
    measures = Measures()
    trace = Trace("0" * 32, "0" * 16, "00", None)
    found: list[float] = []
    with ThreadPoolExecutor(1) as worker:
        library = Library(
            supergraph, DocumentRules(DocumentLimits(aliases=0, root_fields=0)), worker, measures
        )
        for n in range(7):
            started = perf_counter()
            operation = library.read(f"{text}#{n}", trace).operation(None)
            operation.plan(operation.key({}, None, enforced=False))
            found.append((perf_counter() - started) * 1e3)
    return median(found)


def tokens(text: str) -> int:
    lexer, count = Lexer(Source(text)), 0
    while lexer.advance().kind is not TokenKind.EOF:
        count += 1
    return count
