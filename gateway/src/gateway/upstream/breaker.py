"""Leaving a subgraph alone for a while once it keeps failing."""

from collections.abc import Callable


class Breaker:
    """Opens after so many failures in a row; then one request at a time may try whether it is well."""

    __slots__ = (
        "_clock",
        "_failures",
        "_opened_at",
        "_probing",
        "failures_allowed",
        "rest_seconds",
    )

    def __init__(
        self, failures_allowed: int, rest_seconds: float, clock: Callable[[], float]
    ) -> None:
        self.failures_allowed = failures_allowed
        self.rest_seconds = rest_seconds
        self._clock = clock
        self._failures = 0
        self._opened_at = 0.0
        self._probing = False

    @property
    def open(self) -> bool:
        return self._failures >= self.failures_allowed

    def lets_through(self) -> bool:
        if self._failures < self.failures_allowed:
            return True
        if self._probing or self._clock() - self._opened_at < self.rest_seconds:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._failures = 0
        self._probing = False

    def failed(self) -> None:
        self._failures += 1
        self._probing = False
        if self._failures >= self.failures_allowed:
            self._opened_at = self._clock()

    def gave_up(self) -> None:
        """Neither succeeded nor failed: whoever asked went away."""
        self._probing = False
