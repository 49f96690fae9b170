"""Opening a subscription at a subgraph, over graphql-transport-ws."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from gateway.execution import SubgraphFailure
from gateway.upstream.errors import ConnectionLost, Garbled, TooLate, Unreachable
from gateway.upstream.fetching import is_graphql_response
from gateway.upstream.subgraph import Upstream

PROTOCOL: Final = Subprotocol("graphql-transport-ws")
ONLY: Final = "1"
CLOSE_SECONDS: Final = 2.0


class Source:
    """Subscriptions at subgraphs; the client's headers go into the handshake and the first message."""

    def __init__(self, most_bytes: int, seconds: float) -> None:
        self._most_bytes = most_bytes
        self._seconds = seconds

    async def events(
        self, upstream: Upstream, request: Mapping[str, Any], headers: Mapping[str, str]
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """Each GraphQL response of the subgraph until it completes; raises SubgraphFailure."""
        name = upstream.name
        try:
            async with connect(
                websocket_url(upstream.url),
                subprotocols=(PROTOCOL,),
                additional_headers={**headers, **upstream.signature("GET", b"")},
                max_size=self._most_bytes,
                open_timeout=self._seconds,
                close_timeout=CLOSE_SECONDS,
                proxy=None,
            ) as socket:
                await self._introduce(name, socket, headers)
                await _tell(socket, {"id": ONLY, "type": "subscribe", "payload": request})
                async for response in _responses(name, socket):
                    yield response
        except ConnectionClosed as closed:
            raise closed_reason(name, closed) from closed
        except TimeoutError:
            raise TooLate(name) from None
        except (OSError, WebSocketException) as failure:
            raise Unreachable(name) from failure

    async def _introduce(
        self, name: str, socket: ClientConnection, headers: Mapping[str, str]
    ) -> None:
        await _tell(socket, {"type": "connection_init", "payload": dict(headers)})
        async with asyncio.timeout(self._seconds):
            while (await _message(name, socket)).get("type") != "connection_ack":
                pass


async def _responses(
    name: str, socket: ClientConnection
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
                await _tell(socket, {"type": "pong"})


async def _message(name: str, socket: ClientConnection) -> Mapping[str, Any]:
    try:
        message = orjson.loads(await socket.recv())
    except orjson.JSONDecodeError:
        raise Garbled(name) from None
    if not isinstance(message, dict):
        raise Garbled(name)
    return message


async def _tell(socket: ClientConnection, message: Mapping[str, Any]) -> None:
    await socket.send(orjson.dumps(message), text=True)


def closed_reason(name: str, closed: ConnectionClosed) -> SubgraphFailure:
    if closed.rcvd is not None and 4000 <= closed.rcvd.code < 5000:
        return SubgraphFailure(f"Subgraph '{name}' refused the subscription.", "SUBGRAPH_REFUSED")
    return ConnectionLost(name)


def websocket_url(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme={"http": "ws", "https": "wss"}[parts.scheme]))
