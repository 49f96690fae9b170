"""Who saw whom lately: so that a list which is asked for again and again is noted once in a while."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias
from uuid import UUID

from kit.identity import Caller

SECONDS: Final = 3_600
MOST: Final = 100_000
Seen: TypeAlias = Mapping[UUID, set[str]]


class Lately:
    """Of each process by itself, and no longer than there is room: then it is noted once more."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._until: OrderedDict[tuple[object, ...], float] = OrderedDict()

    def fresh(self, caller: Caller, seen: Seen) -> dict[UUID, set[str]]:
        """What of it this caller did not see within the hour, in the same role and for the same purpose."""
        now = self._clock()
        unseen = {
            person: {each for each in what if self._until.get(_key(caller, person, each), 0) <= now}
            for person, what in seen.items()
        }
        return {person: what for person, what in unseen.items() if what}

    def remember(self, caller: Caller, seen: Seen) -> None:
        until = self._clock() + SECONDS
        for person, what in seen.items():
            for each in what:
                key = _key(caller, person, each)
                self._until[key] = until
                self._until.move_to_end(key)
        while len(self._until) > self._most:
            self._until.popitem(last=False)


def _key(caller: Caller, person: UUID, what: str) -> tuple[object, ...]:
    return caller.subject, caller.roles, caller.unit, caller.purpose, person, what
