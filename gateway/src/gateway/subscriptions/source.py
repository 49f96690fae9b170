"""Opening a subscription at a subgraph, over graphql-transport-ws."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import orjson

from gateway.execution import SubgraphFailure
from gateway.upstream.errors import ConnectionLost, Garbled, TooLate, Unreachable
from gateway.upstream.fetching import is_graphql_response
from gateway.upstream.subgraph import Upstream

PROTOCOL: Final = "graphql-transport-ws"
ONLY: Final = "1"


class Source:
    """Subscriptions at subgraphs; the client's headers go into the handshake and the first message."""

    def __init__(self, session: aiohttp.ClientSession, most_bytes: int, seconds: float) -> None:
        self._session = session
        self._most_bytes = most_bytes
        self._seconds = seconds

    async def events(
        self, upstream: Upstream, request: Mapping[str, Any], headers: Mapping[str, str]
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """Each GraphQL response of the subgraph until it completes; raises SubgraphFailure."""
        name = upstream.name
        try:
            async with self._session.ws_connect(
                websocket_url(upstream.url),
                protocols=(PROTOCOL,),
                headers={**headers, **upstream.signature("GET", b"")},
                max_msg_size=self._most_bytes,
                heartbeat=30,
            ) as socket:
                await self._introduce(name, socket, headers)
                await socket.send_json({"id": ONLY, "type": "subscribe", "payload": request})
                async for response in _responses(name, socket):
                    yield response
        except aiohttp.ClientError as failure:
            raise Unreachable(name) from failure

    async def _introduce(
        self, name: str, socket: aiohttp.ClientWebSocketResponse, headers: Mapping[str, str]
    ) -> None:
        await socket.send_json({"type": "connection_init", "payload": dict(headers)})
        try:
            async with asyncio.timeout(self._seconds):
                while (await _message(name, socket)).get("type") != "connection_ack":
                    pass
        except TimeoutError:
            raise TooLate(name) from None


async def _responses(
    name: str, socket: aiohttp.ClientWebSocketResponse
) -> AsyncGenerator[Mapping[str, Any], None]:
    while True:
        message = await _message(name, socket)
        payload = message.get("payload")
        match message.get("type"):
            case "next":
                if not is_graphql_response(payload):
                    raise Garbled(name)
                yield payload  # type: ignore[misc]
            case "error":
                yield {"data": None, "errors": payload if isinstance(payload, list) else []}
                return
            case "complete":
                return
            case "ping":
                await socket.send_json({"type": "pong"})


async def _message(name: str, socket: aiohttp.ClientWebSocketResponse) -> Mapping[str, Any]:
    received = await socket.receive()
    if received.type is not aiohttp.WSMsgType.TEXT:
        raise closed_reason(name, socket)
    try:
        message = orjson.loads(received.data)
    except orjson.JSONDecodeError:
        raise Garbled(name) from None
    if not isinstance(message, dict):
        raise Garbled(name)
    return message


def closed_reason(name: str, socket: aiohttp.ClientWebSocketResponse) -> SubgraphFailure:
    refused = socket.close_code is not None and 4000 <= socket.close_code < 5000
    if refused:
        return SubgraphFailure(f"Subgraph '{name}' refused the subscription.", "SUBGRAPH_REFUSED")
    return ConnectionLost(name)


def websocket_url(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme={"http": "ws", "https": "wss"}[parts.scheme]))
