"""Media types: what a client sends and what it accepts (GraphQL over HTTP, sections 4 and 6)."""

from functools import lru_cache
from typing import Final

from gateway.refusals import RequestRefused, error

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
EVENTS: Final = "text/event-stream"
HTML: Final = "text/html"

CONTENT_TYPES: Final = {
    JSON: b"application/json; charset=utf-8",
    GRAPHQL: b"application/graphql-response+json; charset=utf-8",
}
LONGEST: Final = 1_000


def accepted(accept: bytes | None) -> str:
    """The media type to answer in; 406 if there is none. What accepts anything gets plain JSON."""
    return JSON if accept is None else _accepted(accept[:LONGEST])


@lru_cache(maxsize=512)
def _accepted(accept: bytes) -> str:
    if not accept.strip():
        return JSON
    best, best_weight = "", 0.0
    for part in accept.decode("latin-1").lower().split(","):
        media_type, _, parameters = part.partition(";")
        offered = _offered(media_type.strip())
        weight = _weight(parameters)
        if offered and weight > best_weight:
            best, best_weight = offered, weight
    if not best:
        raise RequestRefused(
            [error(f"Only {GRAPHQL}, {JSON} and {EVENTS} can be answered.", "NOT_ACCEPTABLE")],
            status=406,
        )
    return best


def _offered(media_type: str) -> str:
    if media_type in (JSON, GRAPHQL, EVENTS):
        return media_type
    return JSON if media_type in ("*/*", "application/*") else ""


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def wants_page(accept: bytes | None) -> bool:
    """Whether a browser is looking for a page rather than a program for an answer."""
    return accept is not None and HTML.encode() in accept[:LONGEST].lower()


def check_content_type(content_type: bytes | None) -> None:
    """Refuse with 415 whatever is not JSON in UTF-8; a browser sends JSON only after a preflight."""
    _check_content_type((content_type or b"")[:LONGEST])


@lru_cache(maxsize=512)
def _check_content_type(content_type: bytes) -> None:
    media_type, _, parameters = content_type.decode("latin-1").lower().partition(";")
    if media_type.strip() != JSON:
        raise unsupported(f"The body must be {JSON}.")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            raise unsupported("The body must be UTF-8.")


def check_encoding(content_encoding: bytes | None) -> None:
    if content_encoding is not None and content_encoding.strip().lower() != b"identity":
        raise unsupported("The body must not be compressed.")


def unsupported(message: str) -> RequestRefused:
    return RequestRefused([error(message, "UNSUPPORTED_MEDIA_TYPE")], status=415)
