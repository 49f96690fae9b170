"""The codes of a batch as one file, for whoever has them printed."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from structlog import get_logger

from kit.cells import MEDIA_TYPE, csv_line, csv_lines
from kit.database import Database
from kit.errors import Conflict, NotFound
from kit.rest import CallerOf, DatabaseOf
from loyalty.voucher_batches import queries
from loyalty.voucher_batches.models import VoucherBatchState
from loyalty.vouchers.codes import shown

PAGE: Final = 5_000
NOBODY: Final = UUID(int=0)
COLUMNS: Final = ("code", "state", "issued", "expires_at")
TEXT: Final = {"text/csv": {"schema": {"type": "string"}}}
log = get_logger(__name__)

router = APIRouter(prefix="/v1/voucher-batches", tags=["voucher batches"])


@router.get(
    "/{batch_id}/codes.csv",
    summary="Download the codes of a batch",
    responses={200: {"content": TEXT}},
    response_class=StreamingResponse,
)
async def download_codes(
    caller: CallerOf,
    database: DatabaseOf,
    batch_id: Annotated[UUID, Path(description="Of the batch.")],
) -> StreamingResponse:
    """All codes of a batch that is done, written while they are read.

    Whoever knows a code that is not issued may use it: it is logged who took them. 409 while the
    batch is being made. Roles: operator.
    """
    caller.require_role("operator")
    async with database.reading() as session:
        batch = await queries.batch_seen(session, batch_id, caller.unit or "")
    if batch is None:
        raise NotFound("voucher batch", batch_id)
    if batch.state == VoucherBatchState.MAKING:
        raise Conflict(f"{batch.made:,} of {batch.size:,} are made; wait until it is done.")
    log.info("voucher_codes_downloaded", batch=str(batch_id), by=caller.subject, size=batch.size)
    name = f"attachment; filename=vouchers-{batch_id}.csv"
    return StreamingResponse(
        _file(database, batch_id), media_type=MEDIA_TYPE, headers={"content-disposition": name}
    )


async def _file(database: Database, batch_id: UUID) -> AsyncIterator[str]:
    yield csv_line(COLUMNS)
    after = NOBODY
    while True:
        async with database.reading() as session:
            rows = await queries.codes_of(session, batch_id, after, PAGE)
        yield csv_lines(_cells(row) for row in rows)
        if len(rows) < PAGE:
            return
        after = rows[-1].id


def _cells(row: Any) -> Sequence[str]:
    expires = row.expires_at.isoformat() if row.expires_at else ""
    return shown(row.code), row.state, "yes" if row.issued else "no", expires
