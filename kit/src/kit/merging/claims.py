"""Tokens outlive the ids in them: a caller is whoever they are part of today."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from kit.database import Database, is_away
from kit.errors import Unavailable
from kit.identity import Caller
from kit.merging.mergers import CURRENT
from kit.rows import Rows

_current: Final = Rows(CURRENT)


async def follow_claims(db: Database, caller: Caller, names: Sequence[str]) -> Caller:
    """The caller with the ids of today in the claims called `names`."""
    named = {name: one for name in names if (one := _id(caller.claims.get(name))) is not None}
    if not named:
        return caller
    try:
        rows = await _current.all(db, ids=list(named.values()))
    except Exception as failure:
        if is_away(failure):
            raise Unavailable("Who calls can't be found out now.") from failure
        raise
    current = {row.old_id: str(row.current_id) for row in rows}
    newer = {name: current[one] for name, one in named.items() if one in current}
    return replace(caller, claims={**caller.claims, **newer}) if newer else caller


def _id(claim: object) -> UUID | None:
    try:
        return UUID(str(claim))
    except ValueError:
        return None
