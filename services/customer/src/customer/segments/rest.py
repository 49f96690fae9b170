"""Lists and snapshots of segments over REST: many lines in, many lines out."""

from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from customer.accesses.noting import NOTING
from customer.identifiers.models import COUNTRY_CODE
from customer.segments import queries
from customer.segments.listing import (
    MOST_REPORTED,
    Named,
    Taken,
    name_members,
    read_csv,
    read_lines,
)
from customer.sight import SIGHT
from kit.cells import MEDIA_TYPE
from kit.database import Database
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.rest import CallerOf, DatabaseOf

WRITERS: Final = ("marketer", "operator")
READERS: Final = ("analyst", *WRITERS)
PAGE: Final = 5_000
LINES: Final = "application/x-ndjson"
BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            LINES: {"schema": {"type": "string"}},
        },
    }
}

router = APIRouter(prefix="/v1", tags=["segments"])
CountryCode = Annotated[
    str | None,
    Query(
        pattern=f"^{COUNTRY_CODE.pattern}$",
        description="Of telephone numbers that begin with neither + nor 00: 86.",
    ),
]
SegmentId = Annotated[UUID, Path(description="Of the segment.")]


class LinesFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


class RefusedLine(BaseModel):
    """A line that names nobody."""

    line: int = Field(description="As an editor counts lines; in CSV the header is line 1.")
    reason: str = Field(description="Why, for people.")


class TakenMembers(BaseModel):
    """What became of the lines."""

    lines: int = Field(
        description="Lines that named somebody, or were to: the sum of the next three."
    )
    moved: int = Field(description="Who joined, or left.")
    unchanged: int = Field(description="Who was in it already, or not in it; and who came twice.")
    refused: int = Field(description="Lines that name nobody in the segment's unit.")
    reported: list[RefusedLine] = Field(description=f"The first {MOST_REPORTED:,} of these.")

    @classmethod
    def of(cls, taken: Taken) -> "TakenMembers":
        return cls(
            lines=taken.lines,
            moved=taken.moved,
            unchanged=taken.unchanged,
            refused=taken.refused,
            reported=[RefusedLine(line=line, reason=reason) for line, reason in taken.reported],
        )


@router.post("/segments/{segment_id}/members", openapi_extra=BODY)
async def add_members(
    caller: CallerOf,
    database: DatabaseOf,
    segment_id: SegmentId,
    request: Request,
    country_code: CountryCode = None,
) -> TakenMembers:
    """Put customers on a list: CSV with the header customer_id, or scheme,value; or JSON lines.

    Roles: marketer, operator. Who is known and of the segment's unit joins; the other lines are
    reported. At most 100,000 lines, UTF-8. Again changes nothing. 404 NotFound, 409
    SegmentFollowsARule or SegmentIsArchived. Announced as segment.changed.
    """
    caller.require_role(*WRITERS)
    named = await _read(request, country_code)
    return await _name(caller, database, segment_id, named, join=True)


@router.post("/segments/{segment_id}/members/removal", openapi_extra=BODY)
async def remove_members(
    caller: CallerOf,
    database: DatabaseOf,
    segment_id: SegmentId,
    request: Request,
    country_code: CountryCode = None,
) -> TakenMembers:
    """Take customers off a list; the same lines, roles and answers."""
    caller.require_role(*WRITERS)
    named = await _read(request, country_code)
    return await _name(caller, database, segment_id, named, join=False)


@router.get("/segment-snapshots/{snapshot_id}/members", response_class=StreamingResponse)
async def read_snapshot(
    caller: CallerOf,
    database: DatabaseOf,
    snapshot_id: Annotated[UUID, Path(description="Of the snapshot.")],
    format: Annotated[LinesFormat, Query(description="CSV with a header, or JSON lines.")] = (
        LinesFormat.CSV
    ),
) -> StreamingResponse:
    """The ids of who was in a segment when the snapshot was taken, in order, however many.

    Roles: analyst, marketer, operator. 404 NotFound. Who was erased since is missing.
    """
    caller.require_role(*READERS)
    async with database.reading() as session:
        await queries.snapshot_by_id(session, snapshot_id, caller)
    kind = MEDIA_TYPE if format is LinesFormat.CSV else LINES
    return StreamingResponse(_lines(database, caller, snapshot_id, format), media_type=kind)


async def _lines(
    database: Database, caller: Caller, snapshot_id: UUID, format: LinesFormat
) -> AsyncIterator[str]:
    """A page at a time, so that nothing is held for long; noted before it goes out."""
    whole = SIGHT.is_whole(caller)
    written = "{}\n" if format is LinesFormat.CSV else '{{"customer_id":"{}"}}\n'
    if format is LinesFormat.CSV:
        yield "customer_id\n"
    after: UUID | None = None
    while True:
        async with database.reading() as session:
            ids = await queries.ids_after(session, snapshot_id, after, PAGE)
        await NOTING.note(database, caller, ids, ["segments"], whole=whole)
        yield "".join(written.format(each) for each in ids)
        if len(ids) < PAGE:
            return
        after = ids[-1]


async def _name(
    caller: Caller, database: Database, segment_id: UUID, named: Sequence[Named], *, join: bool
) -> TakenMembers:
    async with database.transaction() as session:
        return TakenMembers.of(await name_members(session, segment_id, named, caller, join=join))


async def _read(request: Request, country_code: str | None) -> list[Named]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind == "text/csv":
        return read_csv(body, country_code)
    if kind in (LINES, "application/jsonl", "application/x-jsonlines"):
        return read_lines(body, country_code)
    raise InvalidInput("content-type", f"is text/csv or {LINES}")
