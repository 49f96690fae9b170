"""Many rows with one statement: they travel as one JSON document, however many they are."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, Insert, Subquery, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import insert
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


@lru_cache(maxsize=64)
def _insertion(table: Table, names: tuple[str, ...]) -> Insert:
    source: Subquery = sent(table, names)
    return (
        insert(table)
        .from_select(names, select(*(source.c[name] for name in names)))
        .on_conflict_do_nothing()
        .returning(*table.primary_key.columns)
    )


async def insert_rows(
    session: AsyncSession, table: Table, rows: Sequence[dict[str, Any]]
) -> Sequence[Any]:
    """Insert what is not there yet; the keys of those that were inserted. All rows look alike."""
    if not rows:
        return []
    statement = _insertion(table, tuple(rows[0]))
    return (await session.execute(statement, document(rows))).all()
