"""Telling of looks: those at one service are kept by another, which hears of them."""

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

from kit.database import Database
from kit.events import COLUMNS, Event, row_of
from kit.models import uuid7
from kit.personal.noting import Keep, Look

MOST_TOLD_AT_ONCE: Final = 500
INSERTION: Final = (
    f"INSERT INTO outbox ({', '.join(COLUMNS)}) "  # noqa: S608  # our own names
    f"VALUES ({', '.join(f'${n}' for n in range(1, len(COLUMNS) + 1))})"
)


class LooksNoted(Event):
    """Somebody looked at what is personal here; several at once."""

    about: ClassVar[str] = "batch"

    batch: UUID
    service: str
    looks: list[Look]


def telling(event: type[LooksNoted], service: str) -> Keep:
    """Keep looks by announcing them as `event`: what is committed to the outbox is told."""

    async def keep(db: Database, looks: Sequence[Look]) -> None:
        for start in range(0, len(looks), MOST_TOLD_AT_ONCE):
            told = event(
                batch=uuid7(), service=service, looks=list(looks[start : start + MOST_TOLD_AT_ONCE])
            )
            row = row_of(told.batch, told)
            await db.call(INSERTION, *(row[name] for name in COLUMNS))

    return keep
