"""The gateway in front of three real subgraphs, all over real sockets."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from gateway.tests.serving.servers import served
from gateway.tests.serving.subgraphs import SCHEMAS, Subgraph

from gateway.serving.app import Gateway
from gateway.settings import Settings

SUPERGRAPH = Path(__file__).parent / "graph" / "supergraph.graphql"


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
    )


@pytest.fixture(scope="session")
async def running_subgraphs() -> AsyncIterator[dict[str, Subgraph]]:
    async with AsyncExitStack() as stack:
        subgraphs = {name: Subgraph(name) for name in SCHEMAS}
        for subgraph in subgraphs.values():
            subgraph.url = await stack.enter_async_context(served(subgraph)) + "/graphql"
        yield subgraphs


@pytest.fixture
def subgraphs(running_subgraphs: dict[str, Subgraph]) -> dict[str, Subgraph]:
    for subgraph in running_subgraphs.values():
        subgraph.behave()
    return running_subgraphs


@dataclass
class Front:
    """A gateway as a client sees it."""

    app: Gateway
    url: str
    http: httpx.AsyncClient

    async def ask(self, query: str, *, headers: Any = None, **body: Any) -> httpx.Response:
        return await self.http.post("/graphql", json={"query": query, **body}, headers=headers)

    async def json(self, query: str, *, headers: Any = None, **variables: Any) -> Any:
        answer = await self.ask(query, headers=headers, variables=variables)
        return answer.json()

    async def metric(self, line: str) -> float:
        for each in (await self.http.get("/metrics")).text.splitlines():
            if each.startswith(line + " "):
                return float(each.rpartition(" ")[2])
        return 0.0


MakeFront = Callable[..., Awaitable[Front]]


@pytest.fixture
async def a_gateway(subgraphs: dict[str, Subgraph]) -> AsyncIterator[MakeFront]:
    """Starts gateways with other settings; they end with the test."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Front:
            return await stack.enter_async_context(gateway_in_front_of(subgraphs, **settings))

        yield start


@asynccontextmanager
async def gateway_in_front_of(
    subgraphs: dict[str, Subgraph], **settings: Any
) -> AsyncIterator[Front]:
    given = {
        "supergraph": SUPERGRAPH,
        "auth": False,
        "environment": "local",
        "subgraph_urls": {name: subgraph.url for name, subgraph in subgraphs.items()},
        **settings,
    }
    app = Gateway(Settings(**given))
    async with served(app) as url, httpx.AsyncClient(base_url=url, timeout=60) as http:
        yield Front(app, url, http)


@pytest.fixture(scope="session")
async def running_gateway(
    running_subgraphs: dict[str, Subgraph],
) -> AsyncIterator[Front]:
    async with gateway_in_front_of(running_subgraphs) as front:
        yield front


@pytest.fixture
def front(running_gateway: Front, subgraphs: dict[str, Subgraph]) -> Front:
    """A gateway for development, shared by tests."""
    return running_gateway
