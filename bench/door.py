"""One client's connection to a graph, opened beforehand: plain HTTP/1.1, so that clients cost little."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson


class Door:
    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.head = (
            "POST /graphql HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {token}\r\ncontent-length: "
        ).encode()

    async def __aenter__(self) -> "Door":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self, query: str, variables: Mapping[str, object]) -> Any:
        """The data of the answer; an answer with errors ends the bench."""
        body = orjson.dumps({"query": query, "variables": variables})
        self.writer.write(b"%s%d\r\n\r\n%s" % (self.head, len(body), body))
        head = await self.reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        told = orjson.loads(await self.reader.readexactly(size))
        if told.get("errors"):
            raise AssertionError(told["errors"])
        return told["data"]
