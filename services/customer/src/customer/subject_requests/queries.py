"""Looking subject requests up."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_
from sqlmodel import col, select

from customer.identifiers.queries import every_id
from customer.profiles.queries import is_customer
from customer.sight import SIGHT
from customer.subject_requests.models import (
    OPEN,
    RequestKind,
    RequestPart,
    RequestState,
    RequestStep,
    SubjectRequest,
)
from kit.database import AsyncSession
from kit.errors import Forbidden, NotFound
from kit.identity import Caller
from kit.paging import Page, page
from kit.units import below


def require_officer(caller: Caller) -> None:
    """Whoever handles requests for others: the role operator with the scope privacy:handle."""
    if not SIGHT.is_officer(caller):
        raise Forbidden(f"This takes the role {SIGHT.officer} with the scope {SIGHT.scope}.")


async def visible_to(session: AsyncSession, caller: Caller) -> ColumnElement[bool]:
    """Officers see those of their units, customers their own, others what they opened."""
    if is_customer(caller):
        own = str(caller.claims.get("customer"))
        ids = await every_id(session, UUID(own)) if _is_id(own) else []
        return col(SubjectRequest.customer_id).in_(ids)
    within = below(col(SubjectRequest.unit), caller.unit) if caller.unit else false()
    if SIGHT.is_officer(caller):
        return within
    return within & (col(SubjectRequest.opened_by) == caller.subject)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


async def request_by_id(
    session: AsyncSession, id: UUID, caller: Caller, *, for_update: bool = False
) -> SubjectRequest:
    """The request, or NotFound when there is none that the caller may see."""
    statement = select(SubjectRequest).where(
        SubjectRequest.id == id, await visible_to(session, caller)
    )
    if for_update:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound("subject request", id)
    return found


async def requests(
    session: AsyncSession,
    caller: Caller,
    *,
    kinds: Sequence[RequestKind] | None,
    states: Sequence[RequestState] | None,
    due_before: datetime | None,
    customer_id: UUID | None,
    first: int,
    after: str | None,
) -> Page[SubjectRequest]:
    statement = select(SubjectRequest).where(await visible_to(session, caller))
    if kinds is not None:
        statement = statement.where(col(SubjectRequest.kind).in_(kinds))
    if states is not None:
        statement = statement.where(col(SubjectRequest.state).in_(states))
    if due_before is not None:
        due = col(SubjectRequest.due_at) < due_before
        statement = statement.where(due, col(SubjectRequest.state).in_(OPEN))
    if customer_id is not None:
        ids = await every_id(session, customer_id)
        statement = statement.where(col(SubjectRequest.customer_id).in_(ids))
    return await page(session, statement, [col(SubjectRequest.id)], first=first, after=after)


async def last_request(
    session: AsyncSession, customer_id: UUID, kind: RequestKind, caller: Caller
) -> SubjectRequest | None:
    """The one that is open, or else the last one that was completed."""
    still = or_(
        col(SubjectRequest.state).in_(OPEN),
        (col(SubjectRequest.state) == RequestState.COMPLETED)
        & (col(SubjectRequest.kind) == RequestKind.ERASURE),
    )
    statement = (
        select(SubjectRequest)
        .where(
            col(SubjectRequest.customer_id).in_(await every_id(session, customer_id)),
            SubjectRequest.kind == kind,
            still,
        )
        .order_by(col(SubjectRequest.id).desc())
        .limit(1)
    )
    found = (await session.exec(statement)).first()
    if found is None or is_customer(caller) or caller.sees(found.unit):
        return found
    return None


async def parts_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[RequestPart]]:
    statement = (
        select(RequestPart)
        .where(col(RequestPart.request_id).in_(ids))
        .order_by(col(RequestPart.service))
    )
    found: dict[UUID, list[RequestPart]] = {each: [] for each in ids}
    for part in (await session.exec(statement)).all():
        found[part.request_id].append(part)
    return found


async def steps_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[RequestStep]]:
    statement = (
        select(RequestStep)
        .where(col(RequestStep.request_id).in_(ids))
        .order_by(col(RequestStep.id))
    )
    found: dict[UUID, list[RequestStep]] = {each: [] for each in ids}
    for step in (await session.exec(statement)).all():
        found[step.request_id].append(step)
    return found
