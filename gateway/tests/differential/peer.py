"""@apollo/gateway in a Node of its own, asking subgraphs that live in this process."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.execution import Fetch, SubgraphRequest
from local.node import NODE, install

HERE = Path(__file__).parent
LONGEST_LINE = 1 << 24


@dataclass
class Peer:
    process: asyncio.subprocess.Process

    async def load(self, supergraph_sdl: str) -> None:
        self._say({"supergraph": supergraph_sdl})
        assert await self._hear() == {"ready": True}

    async def ask(self, query: str, variables: Mapping[str, Any], fetch: Fetch) -> dict[str, Any]:
        self._say({"query": query, "variables": dict(variables)})
        while "result" not in (message := await self._hear()):
            request = SubgraphRequest(
                message["subgraph"], message["query"], message["variables"] or {}, None, "query"
            )
            self._say({"to": message["fetch"], "answer": dict(await fetch(request))})
        return dict(message["result"])

    def _say(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _hear(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(await self.process.stdout.readline())


@asynccontextmanager
async def running_peer() -> AsyncIterator[Peer]:
    install(HERE)
    process = await asyncio.create_subprocess_exec(
        NODE,
        str(HERE / "peer.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
    )
    try:
        yield Peer(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
