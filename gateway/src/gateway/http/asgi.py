"""The few words of ASGI that the gateway speaks."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, NamedTuple

from gateway.refusals import RequestRefused, error

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = dict[bytes, bytes]
RawHeaders = list[tuple[bytes, bytes]]


class Reply(NamedTuple):
    """An HTTP answer that is known as a whole."""

    status: int
    body: bytes = b""
    content_type: bytes = b"application/json; charset=utf-8"
    headers: Sequence[tuple[bytes, bytes]] = ()


async def send_reply(send: Send, reply: Reply) -> None:
    headers: RawHeaders = [
        (b"content-length", str(len(reply.body)).encode()),
        *reply.headers,
    ]
    if reply.body:
        headers.append((b"content-type", reply.content_type))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


class ClientGone(Exception):
    """The client left before its request was whole."""


async def read_body(headers: Headers, receive: Receive, most_bytes: int, seconds: float) -> bytes:
    """The whole body; refused with 413 if too large, 408 if too slow."""
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or int(announced) > most_bytes:
        raise too_large(most_bytes)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > most_bytes:
            raise too_large(most_bytes)
        return body
    try:
        async with asyncio.timeout(seconds):
            return await _read_on(message, receive, most_bytes)
    except TimeoutError:
        raise RequestRefused(
            [error("The request took too long to arrive.", "REQUEST_TIMEOUT")], status=408
        ) from None


async def _read_on(message: Message, receive: Receive, most_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > most_bytes:
            raise too_large(most_bytes)
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()
    raise ClientGone


def too_large(most_bytes: int) -> RequestRefused:
    return RequestRefused(
        [error(f"The request is larger than {most_bytes} bytes.", "REQUEST_TOO_LARGE")], status=413
    )
