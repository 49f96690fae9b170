"""Reading rows on hot paths: a Core statement compiled once, run by asyncpg itself.

A look-up by id costs a fifth of what it costs through a session; see `./just bench by-id`.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from kit.database import Database, Row
from kit.statements import watched

_dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Rows:
    """A SELECT with named bind parameters, whose rows have their columns as attributes.

    JSONB columns come parsed, arrays as lists. Parameters are passed by name to `all`.
    """

    def __init__(self, statement: Select[Any]) -> None:
        compiled = statement.compile(dialect=_dialect)
        self.sql = str(compiled)
        self.parameters: Sequence[str] = compiled.positiontup or ()
        fixed = {name: compiled.params[name] for name in self.parameters}
        self.fixed = {name: value for name, value in fixed.items() if value is not None}

    async def all(self, db: Database, **values: Any) -> list[Row]:
        given = self.fixed | values
        pool = await db.reading_pool()
        rows: list[Row] = await watched(
            self.sql, pool.fetch(self.sql, *(given[name] for name in self.parameters))
        )
        return rows
