"""Many rows with one statement: they travel as one JSON document, so that its text is always the same."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, Row, Table, Text, TextClause, bindparam, cast, column, func, text
from sqlalchemy.ext.asyncio import AsyncSession

PARAMETER = "rows"


def document(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The parameter that carries `rows` to a statement over `sent`."""
    return {PARAMETER: orjson.dumps(rows, default=str).decode()}


def sent(table: Table, names: Iterable[str]) -> Any:
    """The rows that `document` carries, as a table with the named columns of `table`."""
    columns = [column(name, table.c[name].type) for name in names]
    carried = func.json_to_recordset(cast(bindparam(PARAMETER, type_=Text), JSON))
    return carried.table_valued(*columns).render_derived(name="sent", with_types=True)


async def insert_rows(
    session: AsyncSession,
    table: Table,
    rows: Sequence[dict[str, Any]],
    ending: str = "",
    returning: str = "",
) -> Sequence[Row[Any]]:
    """Insert rows that all have the same columns; `ending` says what to do about conflicts.

    Where another transaction may insert the same keys, sort the rows by them: the two would wait
    for each other otherwise.
    """
    if not rows:
        return []
    statement = _insertion(table, tuple(rows[0]), ending, returning)
    result = await session.execute(statement, document(rows))
    return result.all() if returning else []


async def insert_new_rows(
    session: AsyncSession, table: Table, rows: Sequence[dict[str, Any]]
) -> Sequence[Row[Any]]:
    """Insert what is not there yet; the keys of those that were inserted."""
    keys = ", ".join(f'"{each.name}"' for each in table.primary_key.columns)
    return await insert_rows(session, table, rows, "ON CONFLICT DO NOTHING", keys)


def replacing(names: Iterable[str]) -> str:
    """The assignments that overwrite these columns with what was to be inserted."""
    return ", ".join(f"{name} = excluded.{name}" for name in names)


@lru_cache(maxsize=256)
def _insertion(table: Table, names: tuple[str, ...], ending: str, returning: str) -> TextClause:
    columns = ", ".join(f'"{name}"' for name in names)
    return text(
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} "  # noqa: S608  # our own names
        f"FROM json_populate_recordset(NULL::{table.name}, CAST(:{PARAMETER} AS json)) "
        f"{ending} {'RETURNING ' + returning if returning else ''}".replace("::", r"\:\:")
    )
