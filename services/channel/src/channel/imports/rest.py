"""How purchases come in from files: a run, its chunks, its counts, and what was refused."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from channel.imports import commands, models, queries
from channel.imports.mapping import PurchaseMapping
from channel.imports.models import ImportState
from kit import metrics
from kit.identity import Caller
from kit.rest import CallerOf, DatabaseOf

Cell = Annotated[str, StringConstraints(max_length=1_000, pattern=r"^[^\x00]*$")]
Line = Annotated[list[Cell], Field(max_length=200)]

router = APIRouter(prefix="/v1/imports", tags=["imports"])
ImportId = Annotated[UUID, Path(description="Of the import.")]


class NewImport(BaseModel):
    """A file of purchases."""

    model_config = ConfigDict(extra="forbid")

    source: Cell = Field(min_length=1, description="The file's name, for people.")
    digest: str = Field(
        pattern=r"^[0-9a-f]{12,128}$", description="A hash of the file's content, in hexadecimal."
    )
    mapping: PurchaseMapping = Field(description="Which column means what.")
    columns: list[Cell] = Field(
        min_length=1, max_length=200, description="The names in the header, in order."
    )
    dry_run: bool = Field(
        False,
        description="Says what would become of the lines: places no order, names nobody. One that "
        "is complete begins anew when it is opened again.",
    )


class Records(BaseModel):
    """Some lines of the file, split into columns."""

    model_config = ConfigDict(extra="forbid")

    first_line: int = Field(
        ge=models.FIRST_LINE, le=10**9, description="Where the first stands in the file; header: 1."
    )
    records: list[Line] = Field(min_length=1, max_length=1_000, description="1 to 1,000 lines.")


class Counts(BaseModel):
    """What has come of the file so far."""

    lines: int = Field(description="Lines read, without the header.")
    orders: int = Field(description="Lines that became orders.")
    repeated: int = Field(description="Lines that were orders already, by another mapping.")
    rejected: int = Field(
        description="Lines that were refused; the first 100,000 are kept, for a month."
    )
    customers: int = Field(description="Customers who bought, each counted once.")
    named: int = Field(description="Customers who were named here for the first time.")
    quantity: int = Field(description="How much was bought.")
    amount_minor: int = Field(description="What it cost, in the smallest unit.")
    zero_amount: int = Field(description="Orders that cost nothing.")
    first_date: date | None = Field(description="The first day somebody bought.")
    last_date: date | None = Field(description="The last day somebody bought.")


class ImportProgress(BaseModel):
    """How far an import is."""

    id: UUID = Field(description="The import's id.")
    dry_run: bool = Field(description="Whether the lines are only tried.")
    state: ImportState = Field(description="open or complete.")
    next_line: int = Field(description="The line it goes on with.")
    counts: Counts = Field(description="What has come of the file so far.")

    @classmethod
    def of(cls, run: models.PurchaseImport) -> Self:
        counts = Counts(**{name: getattr(run, name) for name in Counts.model_fields})
        return cls(
            id=run.id,
            dry_run=run.dry_run,
            state=ImportState(run.state),
            next_line=run.next_line,
            counts=counts,
        )


class RejectedLine(BaseModel):
    """A line that was refused."""

    line: int = Field(description="Its number in the file; the header's is 1.")
    field: str = Field(description="What is wrong; empty if it is the line as such.")
    reason: str = Field(description="Why, for people.")


class RejectionPage(BaseModel):
    """Refused lines, by number."""

    rejections: list[RejectedLine] = Field(description="The lines of this page.")
    next: str | None = Field(description="Pass as `after` to go on; null at the end.")


@router.post("", summary="Begin an import, or go on with it")
async def start_import(caller: CallerOf, database: DatabaseOf, new: NewImport) -> ImportProgress:
    """The same file by the same mapping is the same import: go on with its `next_line`.

    Roles: operator, marketer.
    """
    _require(caller)
    async with database.transaction() as session:
        run = await commands.start_import(
            session,
            caller,
            source=new.source,
            digest=new.digest,
            mapping=new.mapping,
            columns=new.columns,
            dry_run=new.dry_run,
        )
        return ImportProgress.of(run)


@router.post("/{import_id}/records", summary="Send the next lines")
async def take_records(
    caller: CallerOf, database: DatabaseOf, import_id: ImportId, chunk: Records
) -> ImportProgress:
    """Takes all of them, or none. Lines that were taken before change nothing.

    409 with `next_line` if they are not the next. What is wrong with a line is kept, and does not
    keep the others out. Roles: operator, marketer.
    """
    _require(caller)
    with metrics.import_chunks.time():
        async with database.transaction() as session:
            run = await commands.take_records(
                session, caller, import_id, first_line=chunk.first_line, records=chunk.records
            )
    return ImportProgress.of(run)


@router.post("/{import_id}/complete", summary="Say that the file ends here")
async def complete_import(
    caller: CallerOf, database: DatabaseOf, import_id: ImportId
) -> ImportProgress:
    """Roles: operator, marketer."""
    _require(caller)
    async with database.transaction() as session:
        return ImportProgress.of(await commands.complete_import(session, caller, import_id))


@router.get("/{import_id}", summary="How far an import is")
async def show_import(
    caller: CallerOf, database: DatabaseOf, import_id: ImportId
) -> ImportProgress:
    """Roles: operator, marketer."""
    _require(caller)
    async with database.reading() as session:
        run = await queries.import_by_id(session, import_id, seen_from=caller.unit or "")
    return ImportProgress.of(run)


@router.get("/{import_id}/rejections", summary="The lines that were refused")
async def list_rejections(
    caller: CallerOf,
    database: DatabaseOf,
    import_id: ImportId,
    first: Annotated[int, Query(ge=1, le=1_000, description="How many.")] = 100,
    after: Annotated[str | None, Query(max_length=400, description="`next` of a page.")] = None,
) -> RejectionPage:
    """Roles: operator, marketer."""
    _require(caller)
    async with database.reading() as session:
        await queries.import_by_id(session, import_id, seen_from=caller.unit or "")
        page = await queries.rejections_of(session, import_id, first=first, after=after)
    return RejectionPage(
        rejections=[
            RejectedLine(line=each.line, field=each.field, reason=each.reason)
            for each in page.items
        ],
        next=page.end_cursor if page.has_next else None,
    )


def _require(caller: Caller) -> None:
    caller.require_role("operator", "marketer")
