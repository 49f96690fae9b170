"""Noting accesses: an answer with personal data leaves once it is noted who got it.

All requests that end at the same moment share one statement and one commit, so that nothing can
be lost and nobody waits for more than the commit under way and the next.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from customer.accesses.rules import sees_whole
from kit.database import Database
from kit.graph.context import Context
from kit.identity import Caller
from kit.models import utcnow, uuid7
from kit.statements import watched

NOTES: Final = "accesses"
SEPARATOR: Final = ","
COLUMNS: Final = {
    "id": "uuid",
    "at": "timestamptz",
    "customer_id": "uuid",
    "by": "text",
    "role": "text",
    "unit": "text",
    "purpose": "text",
    "fields": "text",
    "whole": "boolean",
}
NAMES: Final = ", ".join(f'"{name}"' for name in COLUMNS)
ARRAYS: Final = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(COLUMNS.values(), start=1))
INSERTION: Final = f"""
    INSERT INTO access ({NAMES})
    SELECT {NAMES.replace('"fields"', f"string_to_array(fields, '{SEPARATOR}')")}
    FROM unnest({ARRAYS}) AS sent ({NAMES})
    """  # noqa: S608  # our own names


class Noter:
    """One per database: takes what is to be noted, and notes it together."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._waiting: list[tuple[Sequence[dict[str, Any]], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def note(self, rows: Sequence[dict[str, Any]]) -> None:
        """Return once they are committed; what keeps them from being so is raised."""
        noted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, noted))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await noted

    async def _write(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            try:
                await self._insert([row for rows, _ in together for row in rows])
            except Exception as failure:  # noqa: BLE001  # each who waits is told, and answers so
                for _, noted in together:
                    if not noted.done():
                        noted.set_exception(failure)
            else:
                for _, noted in together:
                    if not noted.done():
                        noted.set_result(None)

    async def _insert(self, rows: Sequence[dict[str, Any]]) -> None:
        """One statement is one commit, and one way to the database and back."""
        columns = [[row[name] for row in rows] for name in COLUMNS]
        pool = await self.db.reading_pool()
        await watched(INSERTION, pool.execute(INSERTION, *columns))


_noters: WeakKeyDictionary[Database, Noter] = WeakKeyDictionary()


def noter_of(db: Database) -> Noter:
    if db not in _noters:
        _noters[db] = Noter(db)
    return _noters[db]


def saw(context: Context, customer_id: UUID, field: str) -> None:
    """Have it noted, before the answer goes, that the caller saw a field of a customer."""
    if "customer" in context.caller.roles:
        return
    notes: dict[UUID, set[str]] | None = context.notes.get(NOTES)
    if notes is None:
        notes = context.notes[NOTES] = {}
        context.before_answer.append(_note_all)
    notes.setdefault(customer_id, set()).add(field)


async def note_seen(
    db: Database,
    caller: Caller,
    customer_ids: Sequence[UUID],
    fields: Sequence[str],
    *,
    whole: bool,
) -> None:
    """The same for what leaves by another door: a file."""
    now = utcnow()
    rows = [_row(caller, each, fields, now, whole=whole) for each in customer_ids]
    if rows:
        await noter_of(db).note(rows)


async def _note_all(context: Context) -> None:
    caller, now = context.caller, utcnow()
    whole = sees_whole(caller)
    seen = context.notes[NOTES].items()
    await noter_of(context.db).note(
        [_row(caller, each, sorted(fields), now, whole=whole) for each, fields in seen]
    )


def _row(
    caller: Caller, customer_id: UUID, fields: Sequence[str], at: Any, *, whole: bool
) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "at": at,
        "customer_id": customer_id,
        "by": caller.subject,
        "role": ",".join(sorted(caller.roles)),
        "unit": caller.unit or "",
        "purpose": caller.purpose,
        "fields": SEPARATOR.join(fields),
        "whole": whole,
    }
