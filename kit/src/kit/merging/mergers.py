"""Mergers: which thing is part of which other now, however many merged in whatever order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kit.merging.rows import Moves
from kit.models import utcnow
from kit.tables import alias, merger

PARTS: Final = text("""
WITH RECURSIVE part(id) AS (
  SELECT CAST(:whole AS uuid)
  UNION
  SELECT absorbed_id FROM merger JOIN part ON survivor_id = part.id WHERE undone_at IS NULL
)
SELECT id FROM part
""").bindparams(bindparam("whole", type_=Uuid))
STRAYS: Final = text("""
SELECT alias.old_id, alias.current_id FROM alias JOIN merger ON merger.absorbed_id = alias.old_id
WHERE merger.undone_at IS NULL AND merger.merged_at > :since ORDER BY alias.old_id
""")


@dataclass(frozen=True, slots=True)
class Merger:
    """`absorbed_id` is part of `survivor_id` from now on."""

    id: UUID
    survivor_id: UUID
    absorbed_id: UUID


@dataclass(frozen=True, slots=True)
class Moved:
    """What lay with `old` lies with `new` now; `rows` says how many, by table and column."""

    old: UUID
    new: UUID
    rows: Mapping[str, int]
    parts: Sequence[UUID] = ()
    """Taken back: everything that is part of `new` now, itself included."""


class OutOfTurn(Exception):
    """This merger follows from others that are not known here yet: it has to come again."""


async def merge(session: AsyncSession, moves: Sequence[Moves], wanted: Merger) -> Moved | None:
    """Move everything of the absorbed to the survivor; None if that was done, or undone, before."""
    if not await _fresh(session, wanted):
        return None
    found = await current_ids(session, [wanted.absorbed_id, wanted.survivor_id])
    new = found.get(wanted.survivor_id, wanted.survivor_id)
    if found.get(wanted.absorbed_id) not in (None, new) or new == wanted.absorbed_id:
        raise OutOfTurn(f"{wanted.absorbed_id} is part of something else")
    now = utcnow()
    row = {"id": wanted.id, "survivor_id": wanted.survivor_id, "absorbed_id": wanted.absorbed_id}
    await session.execute(insert(merger).values(**row, merged_at=now))
    await rename(session, [wanted.absorbed_id], new)
    await session.execute(
        update(alias).where(alias.c.current_id == wanted.absorbed_id).values(current_id=new)
    )
    return await _move(session, moves, wanted.absorbed_id, new)


async def unmerge(session: AsyncSession, moves: Sequence[Moves], wanted: Merger) -> Moved | None:
    """Move what came from the absorbed back; None if there is nothing to take back.

    One that is not known yet is remembered as undone.
    """
    undone = (
        update(merger)
        .where(merger.c.id == wanted.id, merger.c.undone_at.is_(None))
        .values(undone_at=utcnow())
        .returning(merger.c.id)
    )
    if (await session.execute(undone)).first() is None:
        await _remember_undone(session, wanted)
        return None
    found = await current_ids(session, [wanted.absorbed_id])
    old, new = found.get(wanted.absorbed_id, wanted.survivor_id), wanted.absorbed_id
    parts = [row.id for row in await session.execute(PARTS, {"whole": new})]
    await _move(session, moves, new, old)
    await session.execute(delete(alias).where(alias.c.old_id == new))
    await rename(session, [each for each in parts if each != new], new)
    rows = {each.place: await each.restore(session, old, new, parts) for each in moves}
    return Moved(old, new, rows, parts)


async def gather_strays(
    session: AsyncSession, moves: Sequence[Moves], since: datetime
) -> list[Moved]:
    """Move what was written under an old id while the merging was under way."""
    found = (await session.execute(STRAYS, {"since": since})).all()
    gathered = [await _move(session, moves, row.old_id, row.current_id) for row in found]
    return [each for each in gathered if any(each.rows.values())]


async def current_ids(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Old id to the id of today, for those of `ids` that are old."""
    if not ids:
        return {}
    rows = await session.execute(CURRENT, {"ids": list(ids)})
    return {row.old_id: row.current_id for row in rows}


CURRENT: Final = select(alias.c.old_id, alias.c.current_id).where(
    alias.c.old_id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)


async def _move(session: AsyncSession, moves: Sequence[Moves], old: UUID, new: UUID) -> Moved:
    rows = {each.place: await each.move(session, old, new) for each in moves}
    return Moved(old, new, rows)


async def _fresh(session: AsyncSession, wanted: Merger) -> bool:
    known = select(merger.c.id).where(merger.c.id == wanted.id)
    return (await session.execute(known)).first() is None


async def rename(session: AsyncSession, old_ids: Sequence[UUID], current: UUID) -> None:
    """Whoever names one of the old ids means `current` from now on."""
    if not old_ids:
        return
    rows = [{"old_id": each, "current_id": current} for each in sorted(old_ids)]
    statement = insert(alias).values(rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["old_id"], set_={"current_id": statement.excluded.current_id}
        )
    )


async def _remember_undone(session: AsyncSession, wanted: Merger) -> None:
    now = utcnow()
    row = {"id": wanted.id, "survivor_id": wanted.survivor_id, "absorbed_id": wanted.absorbed_id}
    statement = insert(merger).values(**row, merged_at=now, undone_at=now)
    await session.execute(statement.on_conflict_do_nothing())
