"""REST, the way every service speaks it: who calls, which key, and where the database is."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Header, Request

from kit.database import Database
from kit.errors import Unauthenticated
from kit.identity import Caller


async def _caller(request: Request) -> Caller:
    caller = request.scope["state"].get("caller")
    if not isinstance(caller, Caller):
        raise Unauthenticated("This takes a token: Authorization: Bearer ...")
    return caller


async def _database(request: Request) -> Database:
    database = request.scope["state"]["database"]
    assert isinstance(database, Database)  # noqa: S101  # the edge puts it there
    return database


CallerOf: TypeAlias = Annotated[Caller, Depends(_caller)]
DatabaseOf: TypeAlias = Annotated[Database, Depends(_database)]
IdempotencyKey: TypeAlias = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Chosen by the client, unique per intent; a repeat gets the first answer.",
    ),
]
