"""Clients that ask as fast as they are answered, each over a connection of its own."""

import asyncio
from urllib.parse import urlsplit

import orjson

from bench.gateway.queries import Query
from gateway.upstream.pool import Limits, Pool

CLIENTS = 16


class Load:
    """Sends one query with fresh variables, over and over."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self.pool = Pool("target", url, Limits(connections=CLIENTS, idle_seconds=30))
        self.head = (
            f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\n"
            f"content-type: application/json\r\nauthorization: Bearer {token}\r\n"
        )

    async def ask(self, query: Query, variables: dict[str, object]) -> bytes:
        body = orjson.dumps({"query": query.text, "variables": variables})
        message = f"{self.head}content-length: {len(body)}\r\n\r\n".encode() + body
        answer = await self.pool.request(message, 30)
        if answer.status != 200 or b'"errors"' in answer.body[:200]:
            raise RuntimeError(f"{answer.status}: {answer.body[:300]!r}")
        return answer.body

    async def run(self, query: Query, times: int) -> None:
        left = iter(range(times))

        async def client() -> None:
            for _ in left:
                await self.ask(query, query.variables())

        await asyncio.gather(*(client() for _ in range(CLIENTS)))

    def close(self) -> None:
        self.pool.close()
