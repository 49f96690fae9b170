"""Rows that belong to one thing go over to another, are remembered, and go back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

TYPES: Final[dict[str, Any]] = {
    "place": Text,
    "key": Text,
    "old": Uuid,
    "new": Uuid,
    "owner": Uuid,
    "origins": ARRAY(Uuid),
    "keys": ARRAY(Text),
}
FORGET: Final = (
    "DELETE FROM moved_row WHERE place = :place AND key = CAST(CAST(:key AS jsonb) AS text)"
)
FOLLOW: Final = "UPDATE moved_row SET owner_id = :new WHERE place = :place AND owner_id = :old"
AT_HOME: Final = (
    "DELETE FROM moved_row WHERE place = :place AND owner_id = :new AND origin_id = :new "
    "AND aside IS NULL"
)
BACK: Final = """
UPDATE moved_row SET aside = NULL FROM (
  SELECT DISTINCT ON (key) key, origin_id FROM moved_row
  WHERE place = :place AND owner_id = :owner AND key = ANY(:keys) AND aside IS NOT NULL
  ORDER BY key, origin_id <> :owner, origin_id
) AS back
WHERE moved_row.place = :place AND moved_row.key = back.key AND moved_row.origin_id = back.origin_id
"""


@dataclass(frozen=True, slots=True)
class Stays:
    """The ids in the column `owner` stay what they were when their thing becomes part of another."""

    table: Table
    owner: str
    because: str

    @property
    def place(self) -> str:
        return f"{self.table.name}.{self.owner}"


@dataclass(frozen=True)
class Moves:
    """The rows of `table` belong to the thing whose id is in the column `owner`.

    Of two rows that can't both belong to the same thing (unique keys say so) the survivor's stays,
    and the other is set aside whole.
    """

    table: Table
    owner: str

    @property
    def place(self) -> str:
        """What these rows are remembered by: a table may have more than one owner."""
        return f"{self.table.name}.{self.owner}"

    async def move(self, session: AsyncSession, old: UUID, new: UUID) -> int:
        """Everything of `old` belongs to `new` from now on; how many rows that were."""
        await self._run(session, self._remember, old=old)
        for sql in self._set_aside:
            await self._run(session, sql, old=old, new=new)
        moved = await self._run(session, self._take_over, old=old, new=new)
        await self._run(session, FOLLOW, old=old, new=new)
        return int(moved.rowcount)

    async def restore(
        self, session: AsyncSession, old: UUID, new: UUID, origins: Sequence[UUID]
    ) -> int:
        """What came from `origins` and lies with `old` goes back to `new`."""
        ids = {"old": old, "new": new, "origins": list(origins)}
        moved = await self._run(session, self._give_back, **ids)
        await self._run(session, f"{FOLLOW} AND origin_id = ANY(:origins)", **ids)
        revived = await self._put_back(session, new)
        await self._put_back(session, old)
        await self._run(session, AT_HOME, new=new)
        return int(moved.rowcount) + revived

    async def forget(self, session: AsyncSession, key: Sequence[str]) -> None:
        """A row is gone, and what has its key next never came from anywhere.

        `key` is its primary key, less the owner.
        """
        await self._run(session, FORGET, key=orjson.dumps(key).decode())

    async def _put_back(self, session: AsyncSession, owner: UUID) -> int:
        """What was set aside, where nothing stands in its way any more."""
        found = await self._run(session, self._insert_again, owner=owner)
        keys = [row.key for row in found]
        if keys:
            await self._run(session, BACK, owner=owner, keys=keys)
        return len(keys)

    async def _run(self, session: AsyncSession, sql: str, **values: Any) -> Any:
        if ":place" in sql:
            values["place"] = self.place
        return await session.execute(_statement(sql, tuple(sorted(values))), values)

    @cached_property
    def _key(self) -> str:
        """What tells the rows of one owner apart, as a text."""
        keys = [each.name for each in self.table.primary_key if each.name != self.owner]
        columns = ", ".join(f'mine."{name}"' for name in keys)
        return f"jsonb_build_array({columns})::text"

    @cached_property
    def _remember(self) -> str:
        return f"""
INSERT INTO moved_row (place, key, origin_id, owner_id)
SELECT :place, {self._key}, :old, :old FROM "{self.table.name}" AS mine
WHERE mine."{self.owner}" = :old AND NOT EXISTS (
  SELECT FROM moved_row AS known WHERE known.place = :place AND known.key = {self._key}
  AND known.owner_id = :old AND known.aside IS NULL)
ON CONFLICT (place, key, origin_id) DO UPDATE SET owner_id = excluded.owner_id, aside = NULL
"""  # noqa: S608  # our own names

    @cached_property
    def _set_aside(self) -> list[str]:
        return [
            f"""
WITH gone AS (
  DELETE FROM "{self.table.name}" AS mine
  WHERE mine."{self.owner}" = :old
  AND EXISTS (SELECT FROM (SELECT mine.*) AS this WHERE {key.holds_for})
  AND EXISTS (
    SELECT FROM (SELECT * FROM "{self.table.name}" WHERE {key.holds_for}) AS theirs
    WHERE theirs."{self.owner}" = :new{key.alike})
  RETURNING {self._key} AS key, to_jsonb(mine) AS content
)
UPDATE moved_row SET aside = gone.content FROM gone
WHERE moved_row.place = :place AND moved_row.key = gone.key AND moved_row.owner_id = :old
AND moved_row.aside IS NULL
"""  # noqa: S608  # our own names
            for key in sorted({*_keys(self.table, self.owner)})
        ]

    @cached_property
    def _take_over(self) -> str:
        return (
            f'UPDATE "{self.table.name}" SET "{self.owner}" = :new '  # noqa: S608  # our own names
            f'WHERE "{self.owner}" = :old'
        )

    @cached_property
    def _give_back(self) -> str:
        return f"""
UPDATE "{self.table.name}" AS mine SET "{self.owner}" = :new FROM moved_row AS known
WHERE known.place = :place AND known.owner_id = :old AND known.origin_id = ANY(:origins)
AND known.aside IS NULL AND mine."{self.owner}" = :old AND {self._key} = known.key
"""  # noqa: S608  # our own names

    @cached_property
    def _insert_again(self) -> str:
        name = f'"{self.table.name}"'
        columns = [f'"{each.name}"' for each in self.table.columns]
        return f"""
INSERT INTO {name} ({", ".join(columns)}) OVERRIDING SYSTEM VALUE
SELECT {", ".join(f"again.{each}" for each in columns)}
FROM moved_row AS known, jsonb_populate_record(NULL::{name},
  known.aside || jsonb_build_object('{self.owner}', known.owner_id)) AS again
WHERE known.place = :place AND known.owner_id = :owner AND known.aside IS NOT NULL
ORDER BY known.origin_id <> :owner, known.origin_id
ON CONFLICT DO NOTHING RETURNING {self._key.replace("mine.", f"{name}.")} AS key
"""  # noqa: S608  # our own names


@lru_cache(maxsize=1_024)
def _statement(sql: str, names: tuple[str, ...]) -> TextClause:
    return text(sql).bindparams(*(bindparam(name, type_=TYPES[name]) for name in names))


class _Key(NamedTuple):
    """A unique key with the owner in it: when two rows of one owner would break it."""

    alike: str
    holds_for: str


def _keys(table: Table, owner: str) -> Iterator[_Key]:
    keys: list[Any] = [
        each
        for each in table.constraints
        if isinstance(each, UniqueConstraint | PrimaryKeyConstraint)
    ]
    keys += [each for each in table.indexes if isinstance(each, Index) and each.unique]
    for key in keys:
        names = [column.name for column in key.columns]
        if owner in names:
            others = (name for name in names if name != owner)
            alike = "".join(f' AND theirs."{name}" = mine."{name}"' for name in others)
            yield _Key(alike, _holds_for(key))


def _holds_for(key: Any) -> str:
    """Which rows a key is about: those of a partial index, or all."""
    where = key.dialect_options["postgresql"]["where"] if isinstance(key, Index) else None
    return "true" if where is None else str(where)
