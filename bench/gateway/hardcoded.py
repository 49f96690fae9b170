"""The same two queries without a gateway's work: hard-coded, in the same server, over the same client.

`guarded` verifies tokens, signs requests, traces and counts as the gateway does; `bare` does not.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any

import orjson
import uvicorn

from gateway.execution import SubgraphRequest
from gateway.observation.measures import Measures
from gateway.observation.tracing import Tracing
from gateway.protection.authentication import Authentication
from gateway.upstream.fetching import Fetching
from gateway.upstream.subgraph import Care, SigningKey, Upstream
from kit.identity import TokenVerifier

PRODUCT = "query($id: ID!) { product(id: $id) { id name price brand { name country } } }"
PRODUCTS = (
    "query($first: Int!, $after: Int!) { products(first: $first, after: $after)"
    " { id name price brand { name } } }"
)
REVIEWS = (
    "query($representations: [_Any!]!) { _entities(representations: $representations)"
    " { ... on Product { rating reviews { stars text } } } }"
)
REVIEW_IDS = REVIEWS.replace("{ stars text }", "{ id stars }")
STOCK = (
    "query($representations: [_Any!]!) { _entities(representations: $representations)"
    " { ... on Product { inStock deliveryDays } } }"
)


class Bare:
    """Asks subgraphs and does nothing else."""

    def __init__(self, urls: Mapping[str, str], key: SigningKey | None = None) -> None:
        self.upstreams = {name: Upstream(name, url, Care(), key) for name, url in urls.items()}

    async def asking(self, _headers: Mapping[bytes, bytes]) -> Any:
        return self.ask

    async def ask(self, subgraph: str, query: str, variables: Mapping[str, Any]) -> Any:
        body = orjson.dumps({"query": query, "variables": variables})
        answer = await self.upstreams[subgraph].ask(body, "", "query", 10, "")
        return orjson.loads(answer.body)["data"]


class Guarded(Bare):
    """Asks as the gateway does: for a caller it knows, signed, traced, counted."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        super().__init__(urls, SigningKey("bench", b"k" * 32))
        given = os.environ
        verifier = TokenVerifier(
            given["OIDC_ISSUER"], given["OIDC_AUDIENCE"], given["OIDC_JWKS_URL"]
        )
        self.authentication = Authentication(verifier)
        self.tracing = Tracing(0)
        self.measures = Measures()

    async def asking(self, headers: Mapping[bytes, bytes]) -> Any:
        authorization = headers[b"authorization"].decode()
        await self.authentication.caller(authorization)
        passed_on = f"authorization: {authorization}\r\n"
        trace = self.tracing.trace(None, None)
        fetching = Fetching(self.upstreams, passed_on, 10, trace, self.measures)

        async def ask(subgraph: str, query: str, variables: Mapping[str, Any]) -> Any:
            request = SubgraphRequest(subgraph, query, variables, None, "query")
            return (await fetching(request))["data"]

        return ask


class HardCoded:
    """An ASGI application that knows its two queries."""

    def __init__(self, kind: type[Bare], urls: Mapping[str, str]) -> None:
        self.kind = kind
        self.urls = urls
        self.subgraphs: Bare | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.subgraphs is None:
            self.subgraphs = self.kind(self.urls)
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        variables = orjson.loads(body)["variables"]
        ask = await self.subgraphs.asking(dict(scope["headers"]))
        found = await (one_join if "id" in variables else fifty)(ask, variables)
        answer = orjson.dumps({"data": found})
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


async def one_join(ask: Any, variables: Mapping[str, Any]) -> Any:
    product = (await ask("products", PRODUCT, variables))["product"]
    keys = [{"__typename": "Product", "id": product["id"]}]
    [more] = (await ask("reviews", REVIEWS, {"representations": keys}))["_entities"]
    return {"product": {**product, **more}}


async def fifty(ask: Any, variables: Mapping[str, Any]) -> Any:
    products = (await ask("products", PRODUCTS, variables))["products"]
    keys = {"representations": [{"__typename": "Product", "id": p["id"]} for p in products]}
    reviews, stock = await asyncio.gather(
        ask("reviews", REVIEW_IDS, keys), ask("stock", STOCK, keys)
    )
    for product, more, left in zip(products, reviews["_entities"], stock["_entities"], strict=True):
        product.update(more)
        product.update(left)
    return {"products": products}


if __name__ == "__main__":
    kind, port, *pairs = sys.argv[1:]
    app = HardCoded(
        {"bare": Bare, "guarded": Guarded}[kind], dict(pair.split("=", 1) for pair in pairs)
    )
    uvicorn.run(app, port=int(port), log_config=None, access_log=False, lifespan="off")
