"""Server-sent events: the distinct connections mode of the GraphQL over SSE protocol."""

import asyncio
from contextlib import aclosing
from typing import Any, Final

import orjson

from gateway.engine import Job
from gateway.http.asgi import RawHeaders, Receive, Send
from gateway.refusals import RequestRefused
from gateway.subscriptions.responses import Subscriptions

ALIVE_SECONDS: Final = 12.0
STREAM_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
COMPLETE: Final = b"event: complete\ndata:\n\n"


async def stream_events(
    subscriptions: Subscriptions, job: Job, receive: Receive, send: Send, extra: RawHeaders
) -> None:
    """Send every response until there are no more, the client leaves, or the gateway drains."""
    headers = [*STREAM_HEADERS, *extra]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _chunk(send, b":\n\n")
    sending = asyncio.ensure_future(_send_all(subscriptions, job, send))
    leaving = asyncio.ensure_future(_left(receive))
    draining = asyncio.ensure_future(subscriptions.draining.wait())
    beating = asyncio.ensure_future(_keep_alive(send))
    tasks = (sending, leaving, draining, beating)
    try:
        await asyncio.wait((sending, leaving, draining), return_when=asyncio.FIRST_COMPLETED)
        left = leaving.done()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if not left:
        await _chunk(send, COMPLETE)
        await send({"type": "http.response.body", "body": b""})
    if not sending.cancelled():
        sending.result()


async def _send_all(subscriptions: Subscriptions, job: Job, send: Send) -> None:
    try:
        async with aclosing(subscriptions.responses(job)) as responses:
            async for response in responses:
                await _chunk(send, event_of(response))
    except RequestRefused as refusal:
        await _chunk(send, event_of({"errors": refusal.errors}))


async def _keep_alive(send: Send) -> None:
    while True:
        await asyncio.sleep(ALIVE_SECONDS)
        await _chunk(send, b":\n\n")


def event_of(response: dict[str, Any]) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(response) + b"\n\n"


async def _chunk(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
