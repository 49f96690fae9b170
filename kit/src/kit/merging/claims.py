"""Tokens outlive the ids in them: a caller is whoever they are part of today."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit.database import Database, is_away
from kit.errors import Unavailable
from kit.identity import Caller
from kit.merging.mergers import CURRENT
from kit.rows import Rows

_current: Final = Rows(CURRENT)
MOST: Final = 1_000


class FollowedClaims:
    """Reads the claims called `names` as ids of today, those of many requests in one look-up.

    Nothing is remembered: who was merged a moment ago is followed from the next request on.
    """

    def __init__(self, db: Database, names: Sequence[str]) -> None:
        self._db = db
        self._names = names
        self._ids: DataLoader[UUID, UUID] = DataLoader(
            self._look_up, max_batch_size=MOST, cache=False
        )

    async def follow(self, caller: Caller) -> Caller:
        """The caller with the ids of today; Unavailable while they can't be had."""
        if caller.claims.keys().isdisjoint(self._names):
            return caller
        named = {
            name: one for name in self._names if (one := _id(caller.claims.get(name))) is not None
        }
        newer = {}
        try:
            for name, one in named.items():
                if (current := await self._ids.load(one)) != one:
                    newer[name] = str(current)
        except Exception as failure:
            if is_away(failure):
                raise Unavailable("Who calls can't be found out now.") from failure
            raise
        return replace(caller, claims={**caller.claims, **newer}) if newer else caller

    async def _look_up(self, ids: list[UUID]) -> list[UUID]:
        rows = await _current.all(self._db, ids=ids)
        current = {row.old_id: row.current_id for row in rows}
        return [current.get(each, each) for each in ids]


def _id(claim: object) -> UUID | None:
    try:
        return UUID(str(claim))
    except ValueError:
        return None
