"""Following: whoever names a thing by an old id means what it is part of today."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.events import Heard
from kit.merging.mergers import current_ids

LOCK: Final = 0x0C70_3E26
SHARED: Final = text(f"SELECT pg_advisory_xact_lock_shared({LOCK})")
ALONE: Final = text(f"SELECT pg_advisory_xact_lock({LOCK})")


@dataclass(frozen=True, slots=True)
class _Follow:
    pass


Followed: TypeAlias = Annotated[UUID, _Follow()]
"""In an event that is heard: an id that is read as the one the thing has today."""


async def stay(session: AsyncSession) -> None:
    """Until this transaction ends, nothing is merged: ids that were looked up stay right."""
    await session.execute(SHARED)


async def be_alone(session: AsyncSession) -> None:
    """Wait for everybody who stays, and keep others out until this transaction ends.

    It comes first in a transaction: whoever stays already can't be waited for.
    """
    await session.execute(ALONE)


async def follow(session: AsyncSession, events: Sequence[Heard]) -> list[Heard]:
    """The events with the ids of today."""
    named = {id(each): _named(each) for each in events}
    current = await current_ids(session, {one for ids in named.values() for one in ids.values()})
    if not current:
        return list(events)
    return [
        each.model_copy(update={name: current.get(one, one) for name, one in ids.items()})
        if (ids := named[id(each)])
        else each
        for each in events
    ]


def _named(event: Heard) -> dict[str, UUID]:
    return {
        name: value
        for name in followed_fields(type(event))
        if (value := getattr(event, name)) is not None
    }


@lru_cache(maxsize=1_024)
def followed_fields(heard: type[Heard]) -> tuple[str, ...]:
    return tuple(
        name
        for name, field in heard.model_fields.items()
        if any(isinstance(each, _Follow) for each in field.metadata)
    )
