"""Noting who saw what of whom: an answer with something personal leaves once that is kept.

All requests that end at the same moment are kept together, so that nothing can be lost and nobody
waits for more than the commit under way and the next.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, Field

from kit.database import Database
from kit.graph.context import Context
from kit.identity import Caller
from kit.models import utcnow, uuid7
from kit.personal.lately import Lately
from kit.personal.seeing import Sight

NOTES: Final = "looks"
IN_PASSING: Final = "looks in passing"


class Look(BaseModel):
    """Somebody saw something of a person."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    at: datetime
    person_id: UUID
    by: str = Field(description="Who looked.")
    role: str = Field(description="In which role, several separated by commas.")
    unit: str = Field(description="From which unit; may be empty.")
    purpose: str = Field(description="Why, as they said; may be empty.")
    fields: list[str] = Field(description="What they saw.")
    whole: bool = Field(description="Whether what is personal was shown whole.")


Keep: TypeAlias = Callable[[Database, Sequence[Look]], Awaitable[None]]
"""Keeps looks for good, in one commit, or raises."""


class Noting:
    """How a service notes looks: by its rule of who sees what whole, where it keeps them."""

    def __init__(self, sight: Sight, keep: Keep) -> None:
        self.sight = sight
        self._keep = keep
        self._queues: WeakKeyDictionary[Database, Queue] = WeakKeyDictionary()
        self._lately = Lately()

    def saw(self, context: Context, person_id: UUID, field: str) -> None:
        """Have it noted, before the answer goes; not if it is the person who looks."""
        if not self.sight.is_oneself(context.caller):
            self._seen(context, NOTES, self._note_all).setdefault(person_id, set()).add(field)

    def saw_in_passing(self, context: Context, person_id: UUID, field: str) -> None:
        """The same for lists that programs ask for again and again: once in an hour."""
        if not self.sight.is_oneself(context.caller):
            seen = self._seen(context, IN_PASSING, self._note_in_passing)
            seen.setdefault(person_id, set()).add(field)

    def _seen(
        self, context: Context, kind: str, note: Callable[[Context], Awaitable[None]]
    ) -> dict[UUID, set[str]]:
        seen: dict[UUID, set[str]] | None = context.notes.get(kind)
        if seen is None:
            seen = context.notes[kind] = {}
            context.before_answer.append(note)
        return seen

    async def note(
        self,
        db: Database,
        caller: Caller,
        people: Iterable[UUID],
        fields: Sequence[str],
        *,
        whole: bool,
    ) -> None:
        """The same for what leaves by another door, such as a file."""
        await self._note(db, [look(caller, each, fields, whole=whole) for each in people])

    async def note_in_passing(
        self, db: Database, caller: Caller, people: Iterable[UUID], field: str
    ) -> None:
        """The same for a list that programs ask for again and again: once in an hour."""
        fresh = self._lately.fresh(caller, {each: {field} for each in people})
        whole = self.sight.is_whole(caller)
        await self._note(db, [look(caller, each, [field], whole=whole) for each in fresh])
        self._lately.remember(caller, fresh)

    async def _note_in_passing(self, context: Context) -> None:
        """Remembered once it is noted: what could not be kept is tried again."""
        caller = context.caller
        fresh = self._lately.fresh(caller, context.notes[IN_PASSING])
        whole = self.sight.is_whole(caller)
        looks = [look(caller, each, sorted(what), whole=whole) for each, what in fresh.items()]
        await self._note(context.db, looks)
        self._lately.remember(caller, fresh)

    async def _note_all(self, context: Context) -> None:
        caller = context.caller
        whole = self.sight.is_whole(caller)
        seen: dict[UUID, set[str]] = context.notes[NOTES]
        looks = [look(caller, each, sorted(what), whole=whole) for each, what in seen.items()]
        await self._note(context.db, looks)

    async def _note(self, db: Database, looks: Sequence[Look]) -> None:
        if not looks:
            return
        if db not in self._queues:
            self._queues[db] = Queue(db, self._keep)
        await self._queues[db].put(looks)


class Queue:
    """One per database: takes what is to be noted, and keeps it together."""

    def __init__(self, db: Database, keep: Keep) -> None:
        self.db = db
        self._keep = keep
        self._waiting: list[tuple[Sequence[Look], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, looks: Sequence[Look]) -> None:
        """Return once they are committed; what keeps them from being so is raised."""
        noted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((looks, noted))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await noted

    async def _write(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            try:
                await self._keep(self.db, [each for looks, _ in together for each in looks])
            except Exception as failure:  # noqa: BLE001  # each who waits is told, and answers so
                for _, noted in together:
                    if not noted.done():
                        noted.set_exception(failure)
            else:
                for _, noted in together:
                    if not noted.done():
                        noted.set_result(None)


def look(caller: Caller, person_id: UUID, fields: Sequence[str], *, whole: bool) -> Look:
    return Look(
        id=uuid7(),
        at=utcnow(),
        person_id=person_id,
        by=caller.subject,
        role=",".join(sorted(caller.roles)),
        unit=caller.unit or "",
        purpose=caller.purpose,
        fields=list(fields),
        whole=whole,
    )
