"""One fetch for all who ask the same at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable

from gateway.upstream.connection import Answer


class Shared:
    """Fetches in flight by what they ask; the first to ask fetches, the others wait for its answer."""

    def __init__(self) -> None:
        self._in_flight: dict[Hashable, asyncio.Future[Answer]] = {}

    async def fetch(self, key: Hashable, fetch: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer for `key`. If the first goes away before it has one, the next takes over."""
        while (others := self._in_flight.get(key)) is not None:
            try:
                return await asyncio.shield(others)
            except asyncio.CancelledError:
                if not others.cancelled():
                    raise
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._in_flight[key] = answered
        try:
            answer = await fetch()
        except asyncio.CancelledError:
            answered.cancel()
            raise
        except Exception as failure:
            answered.set_exception(failure)
            answered.exception()
            raise
        else:
            answered.set_result(answer)
            return answer
        finally:
            del self._in_flight[key]
