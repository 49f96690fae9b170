"""How often a page may be asked for, per process."""

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field


@dataclass
class Limit:
    """At most `most` in `seconds` for each key; the keys longest unused are forgotten first."""

    most: int
    seconds: float
    keys: int = 10_000
    _seen: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def allows(self, key: str) -> bool:
        now = time.monotonic()
        times = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        if len(self._seen) > self.keys:
            self._seen.popitem(last=False)
        while times and times[0] <= now - self.seconds:
            times.popleft()
        if len(times) >= self.most:
            return False
        times.append(now)
        return True

    def forget(self) -> None:
        self._seen.clear()
