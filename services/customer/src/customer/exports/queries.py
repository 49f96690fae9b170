"""Reading exports, and the customers in them, page by page."""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlmodel import col, select

from customer.exports.models import CustomerExport
from customer.exports.placed import Placed, placed
from customer.groups.hierarchy import DEEPEST
from customer.profiles.commands import COLUMNS
from customer.profiles.queries import NOBODY, customers_by_ids
from customer.segments.models import SegmentMember
from kit.database import AsyncSession, Database
from kit.errors import InvalidInput, NotFound
from kit.identity import Caller
from kit.units import UNIT_PATH, lies_below

_COLUMNS: Final = ", ".join(f'"{name}"' for name in COLUMNS)
_OF_CUSTOMER: Final = ", ".join(f'customer."{name}"' for name in COLUMNS)
_PAGE: Final = text(
    # The index of units is in the order of bytes; each half of the union follows it and stops early.
    f"""(SELECT {_COLUMNS} FROM customer
 WHERE unit = :at AND id > :after AND id <= :upto AND NOT (:individuals AND kind = 'group') ORDER BY id LIMIT :first)
UNION ALL
(SELECT {_COLUMNS} FROM customer
 WHERE unit ~>~ :at AND unit ~<~ :end AND unit LIKE :below AND id <= :upto
 AND NOT (:individuals AND kind = 'group')
 ORDER BY unit USING ~<~, id LIMIT :first)
LIMIT :first"""  # noqa: S608  # our own names
)

_GROUPS: Final = text(
    # A group whose parent is not in the export begins a tree of its own.
    f"""WITH RECURSIVE chosen AS (
  SELECT id, parent_id FROM customer
  WHERE kind = 'group' AND (unit = :root OR unit LIKE :below) AND id <= :upto
), placed(id, level) AS (
  SELECT id, 0 FROM chosen WHERE parent_id IS NULL OR parent_id NOT IN (SELECT id FROM chosen)
  UNION ALL
  SELECT chosen.id, level + 1 FROM chosen JOIN placed ON chosen.parent_id = placed.id
  WHERE level < :deepest
)
SELECT level, {_OF_CUSTOMER} FROM placed JOIN customer USING (id)
WHERE (level, id) > (:level, :after) ORDER BY level, id LIMIT :first"""  # noqa: S608  # our own names
).bindparams(bindparam("after", type_=Uuid), bindparam("upto", type_=Uuid))
LEVEL: Final = re.compile(r"~[0-9]{1,2}")

Page: TypeAlias = "tuple[Sequence[Any], Place | None]"


class Place(NamedTuple):
    """Up to where an export has been read."""

    unit: str
    id: UUID
    level: int | None = None
    """While groups are read: how many lie above the last."""

    def __str__(self) -> str:
        return f"{self.unit}:{self.id}" if self.level is None else f"~{self.level}:{self.id}"

    @classmethod
    def of(cls, told: str) -> "Place":
        unit, _, id_ = told.partition(":")
        try:
            if LEVEL.fullmatch(unit):
                return cls("", UUID(id_), int(unit[1:]))
            if UNIT_PATH.fullmatch(unit):
                return cls(unit, UUID(id_))
        except ValueError:
            pass
        raise InvalidInput("after", "is what the page before was answered with")


async def export_by_id(session: AsyncSession, export_id: UUID, caller: Caller) -> CustomerExport:
    """The export; NotFound when there is none in the caller's units."""
    statement = select(CustomerExport).where(col(CustomerExport.id) == export_id)
    found = (await session.exec(statement)).first()
    if found is None or not caller.sees(found.unit):
        raise NotFound("export", export_id)
    return found


async def customers_of(
    db: Database, export: CustomerExport, *, after: Place | None, first: int
) -> Page:
    """The next customers of an export, by unit and id, and where they end; None at the end."""
    at = after or Place(export.unit, NOBODY)
    if export.ids is not None:
        return await _listed(db, export, at.id, first)
    if export.segment_id is not None:
        return await _members(db, export, at.id, first)
    if export.refers and (after is None or after.level is not None):
        rows, following = await _groups(db, export, after, first)
        if rows:
            return rows, following or Place(export.unit, NOBODY)
        at = Place(export.unit, NOBODY)
    asked = {
        "individuals": export.refers,
        "at": at.unit,
        "after": at.id,
        **_subtree(export),
        "end": f"{export.unit}/",
        "first": first,
    }
    async with db.reading() as session:
        rows = (await session.execute(_PAGE, asked)).all()
    return rows, Place(rows[-1].unit, rows[-1].id) if len(rows) == first else None


async def as_shown(db: Database, export: CustomerExport, rows: Sequence[Any]) -> Sequence[Any]:
    """With the groups that lines name; a choice of customers may have none of them before."""
    if not export.refers:
        return [Placed(row) for row in rows]
    return await placed(db, rows, export.unit)


async def _groups(db: Database, export: CustomerExport, after: Place | None, first: int) -> Page:
    """The next groups, those above before those below; None when all are out."""
    asked = {
        **_subtree(export),
        "level": after.level if after else -1,
        "after": after.id if after else NOBODY,
        "first": first,
        "deepest": DEEPEST,
    }
    async with db.reading() as session:
        rows = (await session.execute(_GROUPS, asked)).all()
    following = Place("", rows[-1].id, rows[-1].level) if len(rows) == first else None
    return rows, following


def _subtree(export: CustomerExport) -> dict[str, Any]:
    return {
        "root": export.unit,
        "below": export.unit.replace("_", r"\_") + ".%",
        "upto": export.upto,
    }


async def _members(db: Database, export: CustomerExport, after: UUID, first: int) -> Page:
    """Who is in the segment now, by id; of those in units outside of the export nobody."""
    member, wanted = col(SegmentMember.customer_id), col(SegmentMember.segment_id)
    statement = select(member).where(
        wanted == export.segment_id, member > after, member <= export.upto
    )
    async with db.reading() as session:
        ids = (await session.exec(statement.order_by(member).limit(first))).all()
    found = await customers_by_ids(db, ids)
    rows = [found[each] for each in ids if each in found]
    seen = [row for row in rows if lies_below(row.unit, export.unit)]
    return seen, Place(export.unit, ids[-1]) if len(ids) == first else None


async def _listed(db: Database, export: CustomerExport, after: UUID, first: int) -> Page:
    left = [id_ for each in export.ids or () if (id_ := UUID(each)) > after]
    found = await customers_by_ids(db, left[:first])
    rows = [row for _, row in sorted(found.items()) if lies_below(row.unit, export.unit)]
    return rows, Place(export.unit, left[first - 1]) if len(left) > first else None
