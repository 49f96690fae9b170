"""The desk's wiring: issuer, trace receiver, trace page, health."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.desk.traces import web
from local.desk.traces.store import TraceStore
from local.folder import Folder
from local.running.plan import AUDIENCE
from local.tokens import Issuer


async def alive(_: Request) -> Response:
    return PlainTextResponse("ok")


def desk(folder: Folder, url: str) -> Starlette:
    store = TraceStore(folder.traces)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    probes = [Route("/livez", alive), Route("/readyz", alive)]
    issuer = _issuer_routes(Issuer(folder, url, AUDIENCE))
    return Starlette(routes=[*probes, *issuer, *web.routes(store)], lifespan=life)


def _issuer_routes(issuer: Issuer) -> list[Route]:
    async def configuration(_: Request) -> Response:
        return JSONResponse(issuer.configuration())

    async def keys(_: Request) -> Response:
        return JSONResponse(issuer.public_keys(), headers={"cache-control": "max-age=300"})

    return [
        Route("/.well-known/openid-configuration", configuration),
        Route("/.well-known/jwks.json", keys),
    ]
