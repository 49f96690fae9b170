"""Many rows with one statement: they travel as one JSON document, so that its text is always the same."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Row, Table, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession


async def insert_rows(
    session: AsyncSession,
    table: Table,
    rows: Sequence[dict[str, Any]],
    ending: str = "",
    returning: str = "",
) -> Sequence[Row[Any]]:
    """Insert rows that all have the same columns; `ending` says what to do about conflicts."""
    if not rows:
        return []
    statement = _insertion(table, tuple(rows[0]), ending, returning)
    result = await session.execute(statement, {"rows": orjson.dumps(rows, default=str).decode()})
    return result.all() if returning else []


def replacing(names: Iterable[str]) -> str:
    """The assignments that overwrite these columns with what was to be inserted."""
    return ", ".join(f"{name} = excluded.{name}" for name in names)


@lru_cache(maxsize=128)
def _insertion(table: Table, names: tuple[str, ...], ending: str, returning: str) -> TextClause:
    columns = ", ".join(f'"{name}"' for name in names)
    return text(
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} "  # noqa: S608  # our own names
        f"FROM json_populate_recordset(NULL::{table.name}, CAST(:rows AS json)) "
        f"{ending} {'RETURNING ' + returning if returning else ''}".replace("::", r"\:\:")
    )
