"""Subgraphs of many suites behind one address: /suite/subgraph."""

import json
from collections.abc import Mapping
from typing import Any

from federated.subgraph import Subgraph
from gateway.execution import SubgraphRequest


class Behind:
    """An ASGI application; a subgraph's fault is a 500."""

    def __init__(self, subgraphs: Mapping[str, Subgraph]) -> None:
        self._subgraphs = subgraphs

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        asked = await body_of(receive)
        name = scope["path"].strip("/")
        request = SubgraphRequest(name, asked["query"], asked.get("variables") or {}, None, "query")
        answer = json.dumps(self._subgraphs[name].answer(request)).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


async def body_of(receive: Any) -> Any:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return json.loads(body)
