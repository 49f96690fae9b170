"""Looking complaints up."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from customer.complaints.models import Complaint, ComplaintRule, ComplaintState, ComplaintStep
from customer.identifiers.queries import survivors
from customer.profiles.queries import is_customer
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.identity import Caller
from kit.models import utcnow
from kit.paging import Page, page
from kit.units import below


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which complaints; None: whichever."""

    customer_id: UUID | None = None
    state: ComplaintState | None = None
    owner: str | None = None
    category: str | None = None
    overdue: bool = False


def may_see(caller: Caller, complaint: Complaint) -> bool:
    """Customers see their own, everybody else their unit's subtree."""
    if is_customer(caller):
        return caller.claims.get("customer") == str(complaint.customer_id)
    return caller.sees(complaint.unit)


async def complaint_for_update(
    session: AsyncSession, complaint_id: UUID, caller: Caller
) -> Complaint:
    statement = select(Complaint).where(col(Complaint.id) == complaint_id).with_for_update()
    found = (await session.exec(statement)).first()
    if found is None or not may_see(caller, found):
        raise NotFound("complaint", complaint_id)
    return found


async def complaint_by_id(
    session: AsyncSession, complaint_id: UUID, caller: Caller
) -> Complaint | None:
    found = await session.get(Complaint, complaint_id)
    return found if found and may_see(caller, found) else None


async def complaints(
    session: AsyncSession, caller: Caller, wanted: Wanted, *, first: int, after: str | None
) -> Page[Complaint]:
    """Newest first."""
    statement = select(Complaint)
    if is_customer(caller):
        statement = statement.where(col(Complaint.customer_id) == _own_id(caller))
    else:
        statement = statement.where(below(col(Complaint.unit), caller.unit or ""))
    if wanted.customer_id is not None:
        today = (await survivors(session, [wanted.customer_id])).get(
            wanted.customer_id, wanted.customer_id
        )
        statement = statement.where(col(Complaint.customer_id) == today)
    for column, value in (
        ("state", wanted.state),
        ("owner", wanted.owner),
        ("category", wanted.category),
    ):
        if value is not None:
            statement = statement.where(getattr(Complaint, column) == value)
    if wanted.overdue:
        statement = statement.where(
            col(Complaint.state) == ComplaintState.OPEN, col(Complaint.deadline) <= utcnow()
        )
    return await page(session, statement, [col(Complaint.id)], first=first, after=after)


async def steps_of(
    session: AsyncSession, complaint_ids: Sequence[UUID]
) -> dict[UUID, list[ComplaintStep]]:
    statement = (
        select(ComplaintStep)
        .where(col(ComplaintStep.complaint_id).in_(complaint_ids))
        .order_by(col(ComplaintStep.id))
    )
    found: dict[UUID, list[ComplaintStep]] = {each: [] for each in complaint_ids}
    for step in await session.exec(statement):
        found[step.complaint_id].append(step)
    return found


async def rules(session: AsyncSession) -> Sequence[ComplaintRule]:
    return (await session.exec(select(ComplaintRule).order_by(col(ComplaintRule.category)))).all()


def _own_id(caller: Caller) -> UUID | None:
    try:
        return UUID(str(caller.claims.get("customer")))
    except ValueError:
        return None
