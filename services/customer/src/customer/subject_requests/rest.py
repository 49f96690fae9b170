"""Downloading an archive."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from customer.profiles.queries import is_customer
from customer.subject_requests.archive import archive
from customer.subject_requests.commands import note_step
from customer.subject_requests.errors import NoArchive
from customer.subject_requests.models import SubjectRequest
from customer.subject_requests.queries import request_by_id
from kit.errors import NotFound
from kit.identity import Caller
from kit.models import utcnow
from kit.rest import CallerOf, DatabaseOf

router = APIRouter(prefix="/v1/subject-requests", tags=["subject requests"])


@router.get(
    "/{request_id}/archive",
    summary="Download the archive of an export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "The archive."}},
)
async def download_archive(
    caller: CallerOf,
    database: DatabaseOf,
    request_id: Annotated[UUID, Path(description="Of the request.")],
) -> StreamingResponse:
    """One ZIP with everything that every service holds: index.html, manifest.json, and JSON files.

    For whoever opened the request, and the customer; for as many days as archiveUntil says. Each
    download is noted in the request's history. 404 for others, 409 NoArchive before and after.
    """
    async with database.transaction() as session:
        request = await request_by_id(session, request_id, caller)
        _require_own(request, caller)
        if request.archive_until is None or request.archive_until <= utcnow():
            raise NoArchive
        note_step(session, request, "downloaded", caller.subject)
    headers = {
        "content-disposition": f'attachment; filename="octoreach-{request.id}.zip"',
        "cache-control": "no-store",
    }
    return StreamingResponse(
        archive(database, request), media_type="application/zip", headers=headers
    )


def _require_own(request: SubjectRequest, caller: Caller) -> None:
    """An officer may see that there is an archive, and not what is in it."""
    if not is_customer(caller) and request.opened_by != caller.subject:
        raise NotFound("subject request", request.id)
