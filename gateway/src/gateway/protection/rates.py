"""How often one client may ask: a token bucket each, in bounded memory."""

import math
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from gateway.refusals import RequestRefused, error


class Rates:
    """Buckets by client, of this process alone. The client longest silent is forgotten first."""

    def __init__(
        self,
        per_second: float,
        burst: int,
        most_clients: int = 50_000,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._most_clients = most_clients
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> None:
        """Take one token of the client's, or refuse with 429 and when to come back."""
        if not self._per_second:
            return
        now = self._clock()
        tokens, since = self._buckets.get(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._per_second)
        self._buckets[client] = (tokens - 1 if tokens >= 1 else tokens, now)
        self._buckets.move_to_end(client)
        if len(self._buckets) > self._most_clients:
            self._buckets.popitem(last=False)
        if tokens < 1:
            seconds = math.ceil((1 - tokens) / self._per_second)
            raise RequestRefused(
                [error("Too many requests.", "RATE_LIMITED")],
                status=429,
                headers=(("retry-after", str(seconds)),),
            )
