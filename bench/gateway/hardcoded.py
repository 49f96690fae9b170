"""The same two queries without a gateway: hard-coded in the same server, over the same connections."""

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import orjson
import uvicorn

from gateway.upstream.subgraph import Care, Upstream

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


class HardCoded:
    """An ASGI application that knows its two queries."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self.urls = urls
        self.upstreams: dict[str, Upstream] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not self.upstreams:
            self.upstreams = {n: Upstream(n, url, Care(), None) for n, url in self.urls.items()}
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        variables = orjson.loads(body)["variables"]
        found = await (self.one_join(variables) if "id" in variables else self.fifty(variables))
        answer = orjson.dumps({"data": found})
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def ask(self, subgraph: str, query: str, variables: Mapping[str, Any]) -> Any:
        body = orjson.dumps({"query": query, "variables": variables})
        answer = await self.upstreams[subgraph].ask(body, "", "query", 10, "")
        return orjson.loads(answer.body)["data"]

    async def one_join(self, variables: Mapping[str, Any]) -> Any:
        product = (await self.ask("products", PRODUCT, variables))["product"]
        keys = [{"__typename": "Product", "id": product["id"]}]
        [more] = (await self.ask("reviews", REVIEWS, {"representations": keys}))["_entities"]
        return {"product": {**product, **more}}

    async def fifty(self, variables: Mapping[str, Any]) -> Any:
        products = (await self.ask("products", PRODUCTS, variables))["products"]
        keys = {"representations": [{"__typename": "Product", "id": p["id"]} for p in products]}
        reviews, stock = await asyncio.gather(
            self.ask("reviews", REVIEW_IDS, keys), self.ask("stock", STOCK, keys)
        )
        for product, more, left in zip(
            products, reviews["_entities"], stock["_entities"], strict=True
        ):
            product.update(more)
            product.update(left)
        return {"products": products}


if __name__ == "__main__":
    given = dict(pair.split("=", 1) for pair in sys.argv[2:])
    uvicorn.run(
        HardCoded(given), port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off"
    )
