"""Imports over REST: open, send lines in order, close, and see what became of them."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse

from customer.identifiers.errors import IdentifierTaken
from customer.imports import commands, models, queries
from customer.imports.bodies import (
    NewImport,
    NewLines,
    Progress,
    Rejection,
    Rejections,
    TakenLines,
)
from customer.imports.originals import HEADER, as_file
from customer.imports.sending import Sent
from kit import metrics
from kit.cells import MEDIA_TYPE, csv_line
from kit.database import Database
from kit.identity import Caller
from kit.rest import CallerOf, DatabaseOf

IMPORTERS: Final = ("operator", "marketer")
TRIES: Final = 10
PAGE: Final = 1_000

router = APIRouter(prefix="/v1/imports", tags=["imports"])
ImportId = Annotated[UUID, Path(description="Of the import.")]


@router.post("", status_code=201, responses={200: {"description": "It was begun before."}})
async def open_import(
    caller: CallerOf, database: DatabaseOf, response: Response, new: NewImport
) -> Progress:
    """Open an import, or find the one that was begun with the same file and mapping.

    Roles: operator, marketer. Declares the mapping's attributes, unless it is a dry run; 409 AttributeDeclaredOtherwise if
    one is declared with another type, 422 with the path of what is wrong in the mapping.
    """
    caller.require_role(*IMPORTERS)
    async with database.transaction() as session:
        progress, fresh = await commands.open_import(
            session,
            source=new.source,
            digest=new.digest,
            mapping=new.mapping,
            columns=new.columns,
            dry_run=new.dry_run,
            first_line=new.first_line,
            caller=caller,
        )
    response.status_code = 201 if fresh else 200
    return Progress.of(progress)


@router.post("/{import_id}/records")
async def take_lines(
    caller: CallerOf, database: DatabaseOf, import_id: ImportId, new: NewLines
) -> TakenLines:
    """Take the next lines: the good ones go in, the bad ones are kept with the reason.

    Lines taken before change nothing. 409 ImportOutOfStep with `next_line` for others than the
    next. Announces customer.registered and customer.changed, unless it is a dry run.
    """
    caller.require_role(*IMPORTERS)
    sent = new.sent()
    with metrics.import_chunks.time():
        async with database.reading() as session:
            read = await commands.read_lines(session, import_id, sent, caller)
        progress, refused = await _take(database, import_id, sent, read, caller)
    told = Progress.of(progress).model_dump()
    return TakenLines(**told, rejections=[Rejection.of(each, whole=True) for each in refused])


@router.post("/{import_id}/complete")
async def complete_import(caller: CallerOf, database: DatabaseOf, import_id: ImportId) -> Progress:
    """Close the import: nothing more is taken. Again changes nothing."""
    caller.require_role(*IMPORTERS)
    async with database.transaction() as session:
        progress = await commands.complete_import(session, import_id, caller)
    return Progress.of(progress)


@router.get("/{import_id}")
async def read_import(caller: CallerOf, database: DatabaseOf, import_id: ImportId) -> Progress:
    """How far it is, and what became of the lines. Roles: operator, marketer."""
    caller.require_role(*IMPORTERS)
    async with database.reading() as session:
        return Progress.of(await queries.import_by_id(session, import_id, caller))


@router.get("/{import_id}/rejections")
async def read_rejections(
    caller: CallerOf,
    database: DatabaseOf,
    import_id: ImportId,
    after: Annotated[
        int, Query(ge=0, le=models.LAST_LINE, description="Lines after this one.")
    ] = 0,
    first: Annotated[int, Query(ge=1, le=1_000, description="How many.")] = 100,
) -> Rejections:
    """Lines that were refused, with the reason, in order; masked for others than began the import.

    Roles: operator, marketer.
    """
    caller.require_role(*IMPORTERS)
    async with database.reading() as session:
        began = await queries.import_by_id(session, import_id, caller)
        found = await queries.rejections(session, import_id, after=after, first=first + 1)
    more = found[first - 1].line if len(found) > first else None
    whole = queries.is_shown_whole(began, caller)
    return Rejections(
        rejections=[Rejection.of(each, whole=whole) for each in found[:first]], next=more
    )


@router.get(
    "/{import_id}/rejections.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def download_rejections(
    caller: CallerOf, database: DatabaseOf, import_id: ImportId
) -> StreamingResponse:
    """All rejected lines as a file: line, field, reason, original; masked as `/rejections` is.

    Roles: operator, marketer.
    """
    caller.require_role(*IMPORTERS)
    async with database.reading() as session:
        found = await queries.import_by_id(session, import_id, caller)
    name = f"attachment; filename=rejected-{found.id}.csv"
    return StreamingResponse(
        _file(database, found.id, whole=queries.is_shown_whole(found, caller)),
        media_type=MEDIA_TYPE,
        headers={"content-disposition": name},
    )


async def _file(database: Database, import_id: UUID, *, whole: bool) -> AsyncIterator[str]:
    yield csv_line(HEADER)
    after: int | None = 0
    while after is not None:
        async with database.reading() as session:
            page = await queries.rejections(session, import_id, after=after, first=PAGE)
        yield as_file(page, whole=whole)
        after = page[-1].line if len(page) == PAGE else None


async def _take(
    database: Database,
    import_id: UUID,
    sent: Sent,
    read: commands.Read,
    caller: Caller,
) -> tuple[models.CustomerImport, Sequence[models.ImportRejection]]:
    """Again when somebody else, most likely another import, registered one of these customers."""
    for turn in range(TRIES):
        try:
            async with database.transaction() as session:
                return await commands.take_lines(session, import_id, sent, read, caller)
        except IdentifierTaken:
            if turn == TRIES - 1:
                raise
    raise AssertionError("the last try answers or raises")
