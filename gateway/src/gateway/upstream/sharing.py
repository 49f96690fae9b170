"""One fetch for all who ask the same at the same time."""

import asyncio
from collections.abc import Hashable

from gateway.upstream.connection import Answer


class Shared:
    """Fetches in flight by what they ask: the first to ask fetches, the others wait for its answer."""

    __slots__ = ("_in_flight",)

    def __init__(self) -> None:
        self._in_flight: dict[Hashable, asyncio.Future[Answer]] = {}

    async def joined(self, key: Hashable) -> Answer | None:
        """The answer that somebody fetches already; None if nobody does, or if they went away."""
        while (others := self._in_flight.get(key)) is not None:
            try:
                return await asyncio.shield(others)
            except asyncio.CancelledError:
                if not others.cancelled():
                    raise
        return None

    def is_under_way(self, key: Hashable) -> bool:
        return key in self._in_flight

    def begin(self, key: Hashable) -> asyncio.Future[Answer]:
        """Say that the answer will come; whoever begins settles the future and ends it."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._in_flight[key] = answered
        return answered

    def end(self, key: Hashable, answered: asyncio.Future[Answer]) -> None:
        """No more waiting for this one; unsettled, it sends the others off to fetch themselves."""
        del self._in_flight[key]
        if not answered.done():
            answered.cancel()
