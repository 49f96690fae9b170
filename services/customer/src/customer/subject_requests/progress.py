"""How requests come to their end: parts that are done, deadlines, archives that are over."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlmodel import col, select
from structlog import get_logger

from customer.identifiers.queries import every_id
from customer.settings import settings
from customer.subject_requests.commands import end, note_step
from customer.subject_requests.events import SubjectRequestWarned
from customer.subject_requests.measures import nearly_due, open_requests, overdue_requests
from customer.subject_requests.models import (
    OPEN,
    ArchivePage,
    RequestKind,
    RequestPart,
    RequestState,
    SubjectRequest,
)
from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow

PLATFORM: Final = "platform"
WARNED_AT_ONCE: Final = 200
log = get_logger(__name__)


async def part_is_done(session: AsyncSession, request_id: UUID, service: str, rows: int) -> None:
    """Note what a service has done; with the last one the request is complete."""
    statement = select(SubjectRequest).where(SubjectRequest.id == request_id).with_for_update()
    request = (await session.exec(statement)).first()
    if request is None or request.state != RequestState.IN_PROGRESS:
        return
    await session.execute(
        update(RequestPart)
        .where(
            col(RequestPart.request_id) == request_id,
            col(RequestPart.service) == service,
            col(RequestPart.done_at).is_(None),
        )
        .values(done_at=utcnow(), rows=rows, problem="")
    )
    note_step(session, request, f"{service}_done", PLATFORM)
    await _complete(session, request)


async def _complete(session: AsyncSession, request: SubjectRequest) -> None:
    missing = await session.exec(
        select(func.count())
        .select_from(RequestPart)
        .where(RequestPart.request_id == request.id, col(RequestPart.done_at).is_(None))
    )
    if missing.one():
        return
    if request.kind == RequestKind.EXPORT:
        request.archive_until = utcnow() + timedelta(days=settings().archive_days)
    if request.kind == RequestKind.ERASURE:
        await _end_others(session, request)
    end(session, request, RequestState.COMPLETED, PLATFORM)


async def _end_others(session: AsyncSession, erased: SubjectRequest) -> None:
    """What else was asked for somebody who is forgotten can't be done any more."""
    statement = (
        select(SubjectRequest)
        .where(
            col(SubjectRequest.customer_id).in_(await every_id(session, erased.customer_id)),
            SubjectRequest.id != erased.id,
            col(SubjectRequest.state).in_(OPEN),
        )
        .order_by(col(SubjectRequest.id))
        .with_for_update()
    )
    for each in (await session.exec(statement)).all():
        end(session, each, RequestState.REFUSED, PLATFORM, "The customer was erased.")


async def watch_deadlines(session: AsyncSession) -> None:
    """Warn of what is nearly due, once each, and keep the figures."""
    soon = utcnow() + timedelta(days=settings().subject_request_warning_days)
    statement = (
        select(SubjectRequest)
        .where(
            col(SubjectRequest.state).in_(OPEN),
            col(SubjectRequest.due_at) <= soon,
            col(SubjectRequest.warned_at).is_(None),
        )
        .order_by(col(SubjectRequest.due_at))
        .limit(WARNED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for request in (await session.exec(statement)).all():
        _warn(session, request)


async def forget_archives(session: AsyncSession) -> None:
    """Archives are there for a few days only."""
    over = select(SubjectRequest.id).where(col(SubjectRequest.archive_until) <= utcnow())
    await session.execute(delete(ArchivePage).where(col(ArchivePage.request_id).in_(over)))


def _warn(session: AsyncSession, request: SubjectRequest) -> None:
    request.warned_at = utcnow()
    session.add(request)
    nearly_due.labels(request.kind).inc()
    log.warning("subject_request_nearly_due", request_id=str(request.id), kind=request.kind)
    record(
        session,
        SubjectRequestWarned(
            request_id=request.id,
            customer_id=request.customer_id,
            kind=request.kind,
            state=request.state,
            unit=request.unit,
            due_at=request.due_at,
        ),
    )
    note_step(session, request, "warned", PLATFORM)


async def measure_open_requests(session: AsyncSession) -> None:
    """How many are not over, and how many are late, by kind."""
    late = col(SubjectRequest.due_at) <= utcnow()
    statement = (
        select(SubjectRequest.kind, func.count(), func.count().filter(late))
        .where(col(SubjectRequest.state).in_(OPEN))
        .group_by(col(SubjectRequest.kind))
    )
    counted = {kind: (all_, over) for kind, all_, over in (await session.exec(statement)).all()}
    for kind in RequestKind:
        all_, over = counted.get(kind, (0, 0))
        open_requests.labels(kind).set(all_)
        overdue_requests.labels(kind).set(over)
