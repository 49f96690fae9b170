"""How traces come in and go out over HTTP: OTLP, a JSON API, a page."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from local.desk.traces import otlp
from local.desk.traces.store import TraceStore, Wanted

PAGE = Path(__file__).parent.parent / "page"
LARGEST_REQUEST_BYTES = 16_000_000
_TRACE_ID = re.compile("[0-9a-f]{32}")
_PROTECTED = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}

Answer = Callable[[Request], Awaitable[Response]]


def routes(store: TraceStore) -> list[Route | Mount]:
    return [
        Route("/v1/traces", _receiving(store), methods=["POST"]),
        Route("/api/traces", _finding(store)),
        Route("/api/traces/{trace_id}", _showing(store)),
        Route("/api/services", _naming_services(store)),
        Route("/", _to_the_page),
        Route("/traces", _page),
        Route("/traces/{trace_id}", _page),
        Mount("/page", StaticFiles(directory=PAGE)),
    ]


async def _bounded_body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_REQUEST_BYTES:
            raise otlp.Unreadable("the body is too large")
    return bytes(body)


def _receiving(store: TraceStore) -> Answer:
    async def receive(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0]
        read = {"application/x-protobuf": otlp.from_protobuf, "application/json": otlp.from_json}
        if kind not in read:
            return _refusal(415, "send application/x-protobuf or application/json")
        try:
            body = await _bounded_body(request)
            content = otlp.unpacked(body, request.headers.get("content-encoding", ""))
            store.add(read[kind](content))
        except otlp.Unreadable as unreadable:
            return _refusal(400, str(unreadable))
        empty = b"" if kind == "application/x-protobuf" else b"{}"
        return Response(empty, media_type=kind)

    return receive


def _finding(store: TraceStore) -> Answer:
    async def find(request: Request) -> Response:
        asked = request.query_params
        try:
            wanted = Wanted(
                text=asked.get("text", "").strip(),
                service=asked.get("service", ""),
                minimum_ms=float(asked.get("minimum_ms") or 0),
                only_errors=asked.get("errors") == "true",
                limit=min(max(int(asked.get("limit") or 50), 1), 500),
            )
        except ValueError:
            return _refusal(400, "minimum_ms and limit are numbers")
        return JSONResponse({"traces": store.find(wanted)})

    return find


def _showing(store: TraceStore) -> Answer:
    async def show(request: Request) -> Response:
        trace_id = request.path_params["trace_id"].lower()
        if not _TRACE_ID.fullmatch(trace_id):
            return _refusal(400, "a trace id is 32 hexadecimal digits")
        spans = store.trace(bytes.fromhex(trace_id))
        if not spans:
            return _refusal(404, "this trace is not here: not yet, or no longer")
        return JSONResponse({"trace_id": trace_id, "spans": spans})

    return show


def _naming_services(store: TraceStore) -> Answer:
    async def name_services(_: Request) -> Response:
        return JSONResponse({"services": store.services()})

    return name_services


def _refusal(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status_code=status)


async def _to_the_page(_: Request) -> Response:
    return RedirectResponse("/traces")


async def _page(_: Request) -> Response:
    return FileResponse(PAGE / "index.html", headers=_PROTECTED)
