"""Exports over REST: open, then read page by page or as one file."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse

from customer.accesses.noting import NOTING
from customer.attributes.queries import personal_among
from customer.exports import commands, measures, queries
from customer.exports.bodies import Export, NewExport
from customer.exports.files import Lines
from customer.exports.models import CustomerExport, ExportForm
from customer.imports.mapping import Mapping
from kit.database import Database
from kit.identity import Caller
from kit.rest import CallerOf, DatabaseOf

EXPORTERS: Final = ("operator", "marketer")
MEDIA: Final = {ExportForm.CSV: "text/csv", ExportForm.JSON_LINES: "application/x-ndjson"}
TEXT: Final = {media: {"schema": {"type": "string"}} for media in MEDIA.values()}
PAGE: Final = 1_000

router = APIRouter(prefix="/v1/exports", tags=["exports"])
ExportId = Annotated[UUID, Path(description="Of the export.")]


@router.post("", status_code=201)
async def open_export(caller: CallerOf, database: DatabaseOf, new: NewExport) -> Export:
    """Open an export of a unit's customers, or of some of them.

    Roles: operator, marketer. 403 when it may not be `whole`, 422 with the path of what is
    wrong in the mapping. Who read which customers is noted in the access audit.
    """
    caller.require_role(*EXPORTERS)
    unit = new.mapping.unit if new.mapping else new.unit or caller.unit or ""
    caller.require_unit(unit)
    ids = new.ids and await commands.ids_of_today(database, new.ids, unit)
    async with database.transaction() as session:
        export = await commands.open_export(
            session,
            mapping=new.mapping or await commands.everything(session, unit),
            form=new.form,
            ids=ids,
            segment=new.segment,
            whole=new.whole,
            caller=caller,
        )
    return Export.of(export)


@router.get("/{export_id}")
async def read_export(caller: CallerOf, database: DatabaseOf, export_id: ExportId) -> Export:
    """What is exported, and how it is imported again. Roles: operator, marketer."""
    return Export.of(await _found(caller, database, export_id))


@router.get("/{export_id}/lines", responses={200: {"content": TEXT}}, response_class=Response)
async def read_lines(
    caller: CallerOf,
    database: DatabaseOf,
    export_id: ExportId,
    after: Annotated[
        str | None,
        Query(max_length=400, description="The `Next-After` of the page before; none: begin."),
    ] = None,
    first: Annotated[int, Query(ge=1, le=5_000, description="How many customers.")] = PAGE,
) -> Response:
    """The next lines of the file, the header before the first of them.

    The header `Next-After` says where to go on; it is absent at the end. Roles: operator, marketer.
    """
    export = await _found(caller, database, export_id)
    place = queries.Place.of(after) if after is not None else None
    lines = await _lines(database, export)
    text, following = await _page(database, caller, export, lines, after=place, first=first)
    content = ("" if after is not None else lines.header()) + text
    headers = {"next-after": str(following)} if following else {}
    return Response(content, media_type=MEDIA[ExportForm(export.form)], headers=headers)


@router.get(
    "/{export_id}/file", responses={200: {"content": TEXT}}, response_class=StreamingResponse
)
async def download(
    caller: CallerOf, database: DatabaseOf, export_id: ExportId
) -> StreamingResponse:
    """All lines as one file, written while it is read. Roles: operator, marketer."""
    export = await _found(caller, database, export_id)
    name = f"attachment; filename=customers-{export.id}.{export.form}"
    return StreamingResponse(
        _file(database, caller, export),
        media_type=MEDIA[ExportForm(export.form)],
        headers={"content-disposition": name},
    )


async def _found(caller: Caller, database: Database, export_id: UUID) -> CustomerExport:
    """The export, if the caller may read it: what is whole takes the same again."""
    caller.require_role(*EXPORTERS)
    async with database.reading() as session:
        export = await queries.export_by_id(session, export_id, caller)
    commands.require_whole(export.whole, caller)
    return export


async def _lines(database: Database, export: CustomerExport) -> Lines:
    """Personal attributes are left out, unless the export is whole."""
    mapping = Mapping.model_validate(export.mapping)
    hidden: set[str] = set()
    if not export.whole:
        async with database.reading() as session:
            hidden = await personal_among(session, mapping.declared)
    return Lines(mapping, ExportForm(export.form), whole=export.whole, hidden=hidden)


async def _note(
    database: Database, caller: Caller, export: CustomerExport, customers: Sequence[Any]
) -> None:
    """Whose data leaves with a page of the file is noted before it does."""
    ids = [each.id for each in customers]
    await NOTING.note(database, caller, ids, ["file"], whole=export.whole)


async def _file(database: Database, caller: Caller, export: CustomerExport) -> AsyncIterator[str]:
    lines = await _lines(database, export)
    with measures.under_way.track_inprogress():
        yield lines.header()
        following: queries.Place | None = None
        while True:
            text, following = await _page(
                database, caller, export, lines, after=following, first=PAGE
            )
            yield text
            if following is None:
                return


async def _page(
    database: Database,
    caller: Caller,
    export: CustomerExport,
    lines: Lines,
    *,
    after: queries.Place | None,
    first: int,
) -> tuple[str, queries.Place | None]:
    """The next lines, and where they end; None at the end."""
    with measures.pages.time():
        customers, following = await queries.customers_of(
            database, export, after=after, first=first
        )
        await _note(database, caller, export, customers)
        text = lines.of(await queries.as_shown(database, export, customers))
    told = "whole" if export.whole else "masked"
    measures.exported.labels(export.form, told).inc(len(customers))
    return text, following
