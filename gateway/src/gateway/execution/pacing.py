"""Long work in short pieces, so that other requests get their turn."""

import asyncio
from time import perf_counter

LONGEST_SECONDS = 0.003


class Pace:
    """Gives way to the event loop whenever work has gone on for some milliseconds."""

    def __init__(self) -> None:
        self._since = perf_counter()

    def restart(self) -> None:
        """Count from now: call after waiting for something else."""
        self._since = perf_counter()

    @property
    def is_due(self) -> bool:
        return perf_counter() - self._since > LONGEST_SECONDS

    async def pause(self) -> None:
        await asyncio.sleep(0)
        self._since = perf_counter()
