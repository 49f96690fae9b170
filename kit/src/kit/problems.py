"""Problems over HTTP, as RFC 9457 has them."""

from math import ceil
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from structlog import get_logger

from kit.database import is_passing, is_unwritable
from kit.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from kit.models import utcnow
from kit.telemetry import trace_id

STATUS: dict[type[DomainError], int] = {
    InvalidInput: 422,
    NotFound: 404,
    Conflict: 409,
    IdempotencyKeyReused: 422,
    TooManyRequests: 429,
}
HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}
log = get_logger(__name__)


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """An answer of application/problem+json."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    headers = dict(HEADERS.get(status, {}))
    if retry_at := more.get("retry_at"):
        headers["Retry-After"] = str(max(1, ceil((retry_at - utcnow()).total_seconds())))
    return Response(orjson.dumps(content, default=str), status, headers, "application/problem+json")


def refused(error: DomainError) -> Response:
    """The domain said no: 4xx, with the refusal's name and numbers."""
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 409)
    details = {name: value for name, value in vars(error).items() if name != "message"}
    return problem(status, error.code, error.message, **details)


def _route(request: Request) -> str:
    """The route and not the path: that may hold an id, or the secret of a link."""
    return str(getattr(request.scope.get("route"), "path", "other"))


def _failed(request: Request, error: Exception) -> Response:
    """What nobody meant to say: the caller's to repair, to repeat, or a bug."""
    if is_passing(error):
        log.warning("try_again", route=_route(request), error=repr(error))
        return problem(
            503, "Unavailable", "The service is busy or restarting; try again in a moment."
        )
    if is_unwritable(error):
        return problem(422, "InvalidInput", "A text has the character NUL, which none may have.")
    log.error("request_failed", route=_route(request), exc_info=error)
    return problem(500, "Internal", f"Something went wrong; the trace is {trace_id()}.")


def install(app: FastAPI) -> None:
    """Answer every failure of `app` with a problem."""

    async def on_refusal(_request: Request, error: Exception) -> Response:
        assert isinstance(error, DomainError)  # noqa: S101  # the handler is registered for it
        return refused(error)

    async def on_unauthenticated(_request: Request, error: Exception) -> Response:
        return problem(401, "Unauthenticated", str(error))

    async def on_forbidden(_request: Request, error: Exception) -> Response:
        return problem(403, "Forbidden", str(error))

    async def on_invalid(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        wrong = [
            {"field": ".".join(str(part) for part in each["loc"]), "message": each["msg"]}
            for each in error.errors()[:50]
        ]
        return problem(422, "InvalidInput", "The request is not what this takes.", errors=wrong)

    async def on_http(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        return problem(error.status_code, "HTTP error", str(error.detail))

    async def on_bug(request: Request, error: Exception) -> Response:
        return _failed(request, error)

    app.add_exception_handler(DomainError, on_refusal)
    app.add_exception_handler(Unauthenticated, on_unauthenticated)
    app.add_exception_handler(Forbidden, on_forbidden)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_bug)
