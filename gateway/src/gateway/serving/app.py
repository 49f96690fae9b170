"""The gateway as an ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from gateway.documents.trusted import TrustedDocuments
from gateway.engine import Engine
from gateway.graphs import Graphs, Surroundings
from gateway.http.asgi import Receive, Reply, Scope, Send, send_reply
from gateway.http.browsers import Origins
from gateway.observation.exposition import CONTENT_TYPE, exposition
from gateway.observation.measures import Measures
from gateway.observation.tracing import Tracing
from gateway.protection.authentication import Authentication
from gateway.serving.endpoint import Endpoint
from gateway.serving.graphiql import PATH as GRAPHIQL_PATH
from gateway.serving.graphiql import asset
from gateway.settings import Settings
from gateway.subscriptions.responses import Subscriptions
from gateway.subscriptions.socket import serve_socket
from gateway.subscriptions.source import Source
from kit.identity import TokenVerifier

logger = structlog.stdlib.get_logger(__name__)

GRAPHQL_PATH = "/graphql"
TEXT = b"text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Running:
    """What there is between start and end."""

    endpoint: Endpoint
    subscriptions: Subscriptions
    graphs: Graphs


class Gateway:
    """Routes requests. Not ready before the supergraph is taken in, nor once it drains."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.draining = False
        self._origins = Origins(settings.cors_origins)
        self._tracing = Tracing(settings.trace_share)
        self._measures = Measures()
        self._running: Running | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["path"] == GRAPHQL_PATH and self._running is not None:
                await self._running.endpoint(scope, receive, send)
            else:
                await send_reply(send, self._page(scope["path"]))
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._live(receive, send)

    def drain(self) -> None:
        """Say that no more requests are wanted, and end what would go on for ever."""
        self.draining = True
        if self._running is not None:
            self._running.subscriptions.draining.set()

    def _page(self, path: str) -> Reply:
        if path.startswith(GRAPHIQL_PATH) and self.settings.open_to_developers:
            return asset(path.removeprefix(GRAPHIQL_PATH))
        match path:
            case "/livez":
                return Reply(200, b"alive\n", TEXT)
            case "/health" | "/readyz":
                ready = self._running is not None and not self.draining
                return Reply(200, b"ready\n", TEXT) if ready else Reply(503, b"not ready\n", TEXT)
            case "/metrics":
                return Reply(200, exposition(self._measures), CONTENT_TYPE)
        return Reply(404, b"not found\n", TEXT)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != GRAPHQL_PATH or self._running is None or self.draining:
            await receive()
            await send({"type": "websocket.close"})
            return
        subscriptions = self._running.subscriptions
        await serve_socket(subscriptions, self._tracing, self._origins, scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with self._run() as running:
                self._running = running
                await send({"type": "lifespan.startup.complete"})
                await receive()
                self.drain()
                self._running = None
        except Exception as failure:
            logger.exception("the gateway cannot run")
            await send({"type": "lifespan.startup.failed", "message": str(failure)})
            raise
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def _run(self) -> AsyncIterator[Running]:
        settings = self.settings
        with ThreadPoolExecutor(1, "documents") as worker:
            graphs = Graphs(settings.supergraph, self._surroundings(worker))
            await graphs.take_in()
            trusted = TrustedDocuments(settings.trusted_documents, settings.trusted_manifest)
            watching = [asyncio.ensure_future(each.watch()) for each in (graphs, trusted)]
            try:
                source = Source(settings.max_response_bytes, settings.subgraph_seconds)
                subscriptions = Subscriptions(self._engine(graphs, trusted), source)
                endpoint = Endpoint(subscriptions, self._tracing, self._origins)
                yield Running(endpoint, subscriptions, graphs)
            finally:
                for each in watching:
                    each.cancel()
                graphs.close()

    def _surroundings(self, worker: ThreadPoolExecutor) -> Surroundings:
        settings = self.settings
        return Surroundings(
            rules=settings.document_rules(),
            care=settings.care(),
            signing_key=settings.signing_key(),
            urls=settings.subgraph_urls,
            worker=worker,
            measures=self._measures,
        )

    def _engine(self, graphs: Graphs, trusted: TrustedDocuments) -> Engine:
        settings = self.settings
        authentication = Authentication(verifier_of(settings), settings.token_required)
        return Engine(settings, graphs, authentication, trusted, self._measures)


def verifier_of(settings: Settings) -> TokenVerifier | None:
    if not settings.auth or settings.oidc_issuer is None or settings.oidc_jwks_url is None:
        return None
    return TokenVerifier(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url)
