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


def desk(folder: Folder, url: str) -> Starlette:
    issuer = Issuer(folder, url, AUDIENCE)
    store = TraceStore(folder.traces)

    async def configuration(_: Request) -> Response:
        return JSONResponse(issuer.configuration())

    async def keys(_: Request) -> Response:
        return JSONResponse(issuer.public_keys(), headers={"cache-control": "max-age=300"})

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok")

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", configuration),
            Route("/.well-known/jwks.json", keys),
            Route("/livez", alive),
            Route("/readyz", alive),
            *web.routes(store),
        ],
        lifespan=life,
    )
