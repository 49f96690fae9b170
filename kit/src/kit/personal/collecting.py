"""Collecting what a service holds about a person: page by page, whatever there is of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select, tuple_

from kit.database import AsyncSession
from kit.errors import Unauthenticated
from kit.paging import cursor_of, position
from kit.personal.held import Held
from kit.rest import DatabaseOf

ROWS = 500
PATH = "/personal/collect"


class Asked(BaseModel):
    """Whose, and from where on."""

    ids: list[UUID] = Field(min_length=1, max_length=100)
    place: int = Field(0, ge=0, le=1_000)
    after: str | None = None


class Collected(BaseModel):
    """Some rows of one table; `place` and `after` say how to go on, without `place` it is all."""

    table: str
    title: str
    rows: list[dict[str, Any]]
    place: int | None
    after: str | None


async def collect(session: AsyncSession, held: Sequence[Held], asked: Asked) -> Collected:
    """The next rows, at most a few hundred."""
    one = held[asked.place]
    key = list(one.table.primary_key.columns)
    shown = [column for column in one.table.columns if column.name not in one.hidden]
    statement = select(*shown).where(one.of(asked.ids))
    if asked.after is not None:
        statement = statement.where(tuple_(*key) > position(key, asked.after))
    statement = statement.order_by(*key).limit(ROWS + 1)
    rows = (await session.execute(statement)).mappings().all()
    more = len(rows) > ROWS
    place = asked.place if more else asked.place + 1
    return Collected(
        table=one.table.name,
        title=one.title,
        rows=[dict(each) for each in rows[:ROWS]],
        place=place if place < len(held) else None,
        after=cursor_of([rows[ROWS - 1][each.name] for each in key]) if more else None,
    )


def collection(held: Sequence[Held]) -> APIRouter:
    """A route for our own processes alone: the request is signed, and it is on nobody's behalf."""
    router = APIRouter(include_in_schema=False)

    @router.post(PATH)
    async def collect_rows(request: Request, database: DatabaseOf, asked: Asked) -> Collected:
        if not request.scope["state"].get("signed"):
            raise Unauthenticated("This is for the platform's own processes, which sign.")
        async with database.reading() as session:
            return await collect(session, held, asked)

    return router


def as_json(rows: Sequence[dict[str, Any]]) -> bytes:
    """The rows as they stand in an archive, one a line, each ending in a comma and a new line."""
    return b"".join(
        orjson.dumps(each, default=str, option=orjson.OPT_NON_STR_KEYS) + b",\n" for each in rows
    )
