"""Ending tasks of which some may not notice at first that they are to end."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

ASK_AGAIN_SECONDS: Final = 1.0


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel them until they have ended; what they raise meanwhile is nobody's.

    Once need not be enough: until Python 3.12 `asyncio.wait_for` loses a cancellation that comes
    in the moment in which it has a result, and libraries wait by it.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        ended, running = await asyncio.wait(running, timeout=ASK_AGAIN_SECONDS)
        for task in ended:
            if not task.cancelled():
                task.exception()
