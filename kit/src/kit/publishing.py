"""Publishing: messages go out one after the other, and each is acknowledged by its stream."""

import asyncio
from collections.abc import Mapping

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import APIError, NoStreamResponseError


class Publisher:
    """Sends without waiting for answers, which come to one subscription for all.

    The client's own way costs twice as much: a task for each message, and an object for each answer.
    """

    def __init__(self, connection: Client) -> None:
        self.connection = connection
        self._inbox = ""
        self._sent = 0
        self._waiting: dict[str, asyncio.Future[int]] = {}

    async def send(
        self, subject: str, content: bytes, headers: Mapping[str, str]
    ) -> "asyncio.Future[int]":
        """Where in the stream it lies, once it is stored there; a stream's error otherwise."""
        if not self._inbox:
            inbox = self.connection.new_inbox()
            await self.connection.subscribe(f"{inbox}.*", cb=self._answered)
            self._inbox = inbox
        self._sent += 1
        number = str(self._sent)
        stored: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[number] = stored
        stored.add_done_callback(lambda _: self._waiting.pop(number))
        try:
            await self.connection.publish(
                subject, content, reply=f"{self._inbox}.{number}", headers=dict(headers)
            )
        except BaseException:
            stored.cancel()
            raise
        return stored

    async def _answered(self, message: Msg) -> None:
        stored = self._waiting.get(message.subject.rpartition(".")[2])
        if stored is None or stored.done():
            return
        if not message.data:  # the server says so itself: nobody listens
            stored.set_exception(NoStreamResponseError())
            return
        told = orjson.loads(message.data)
        if "error" in told:
            stored.set_exception(APIError.from_error(told["error"]))
        else:
            stored.set_result(told["seq"])
