"""Opening requests, approving or refusing them, and what an approval sets in motion."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from customer.attributes.models import storable
from customer.identifiers.queries import every_id
from customer.profiles.changes import EVERYTHING, changes_of
from customer.profiles.commands import announce
from customer.profiles.facts import SpecialList
from customer.profiles.queries import customer_for_update, customers_for_update, is_customer
from customer.settings import settings
from customer.special_lists.history import Told, keep_history
from customer.special_lists.models import ListSource
from customer.subject_requests import queries
from customer.subject_requests.correcting import Correction, correct, require_possible
from customer.subject_requests.errors import (
    AnotherCorrectionIsOpen,
    RequestIsOver,
    RequestIsUnderWay,
)
from customer.subject_requests.events import ErasureRequested
from customer.subject_requests.models import (
    OPEN,
    SERVICES,
    RequestKind,
    RequestPart,
    RequestState,
    RequestStep,
    SubjectRequest,
)
from kit.database import AsyncSession
from kit.errors import InvalidInput, NotFound
from kit.events import record
from kit.identity import Caller
from kit.models import utcnow

DAYS: Final = {"pipl": 15, "gdpr": 30}
LONGEST_NOTE: Final = 1_000
SIGNED_IN: Final = "Signed in as the customer."
AT_ONCE: Final = (RequestKind.EXPORT, RequestKind.RESTRICTION)
"""What customers who are signed in get without anybody's approval."""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What is asked for; nothing of it is checked yet."""

    customer_id: UUID
    kind: RequestKind
    identity_check: str = ""
    note: str = ""
    correction: Correction | None = None


async def open_request(session: AsyncSession, new: NewRequest, caller: Caller) -> SubjectRequest:
    """Take a request down; one of the same kind that is open, or an erasure done, is the same."""
    own = is_customer(caller)
    checked = _checked(new, own)
    known = await queries.last_request(session, new.customer_id, new.kind, caller)
    if known is None or known.state in OPEN:
        customer = await customer_for_update(session, new.customer_id, caller)
        known = await queries.last_request(session, customer.id, new.kind, caller)
    if known is not None:
        if known.correction != checked:
            raise AnotherCorrectionIsOpen(known.id)
        return known
    if new.correction is not None:
        await require_possible(session, customer, new.correction)
    opened = SubjectRequest(
        customer_id=customer.id,
        kind=new.kind,
        unit=customer.unit,
        opened_by=caller.subject,
        by_customer=own,
        identity_check=SIGNED_IN if own else new.identity_check.strip(),
        note=new.note.strip(),
        correction=checked,
        due_at=utcnow() + timedelta(days=DAYS[settings().subject_request_law]),
    )
    session.add(opened)
    await session.flush()
    note_step(session, opened, "received", caller.subject)
    if own and new.kind in AT_ONCE:
        await _begin(session, opened, caller)
    return opened


async def approve_request(session: AsyncSession, id: UUID, caller: Caller) -> SubjectRequest:
    """Set in motion what was asked for."""
    queries.require_officer(caller)
    request = await queries.request_by_id(session, id, caller, for_update=True)
    if request.state not in OPEN:
        raise RequestIsOver(request.state)
    if request.state == RequestState.IN_PROGRESS:
        raise RequestIsUnderWay
    await _begin(session, request, caller)
    return request


async def refuse_request(
    session: AsyncSession, id: UUID, reason: str, caller: Caller
) -> SubjectRequest:
    """Say no, with the reason that the customer is told."""
    queries.require_officer(caller)
    if not storable(reason.strip(), LONGEST_NOTE):
        raise InvalidInput("reason", f"takes 1 to {LONGEST_NOTE} printable characters")
    request = await queries.request_by_id(session, id, caller, for_update=True)
    if request.state not in OPEN:
        raise RequestIsOver(request.state)
    if request.state == RequestState.IN_PROGRESS:
        raise RequestIsUnderWay
    end(session, request, RequestState.REFUSED, caller.subject, reason.strip())
    return request


def note_step(
    session: AsyncSession, request: SubjectRequest, step: str, by: str, note: str = ""
) -> None:
    session.add(RequestStep(request_id=request.id, step=step, by=by, note=note))


def end(
    session: AsyncSession, request: SubjectRequest, state: RequestState, by: str, outcome: str = ""
) -> None:
    """Close a request; what it held of a person is forgotten."""
    request.state = state
    request.ended_at = utcnow()
    request.outcome = outcome
    request.correction = None
    session.add(request)
    note_step(session, request, state.value, by, outcome)


async def _begin(session: AsyncSession, request: SubjectRequest, caller: Caller) -> None:
    request.state = RequestState.IN_PROGRESS
    session.add(request)
    note_step(session, request, "approved", caller.subject)
    await BEGINNINGS[request.kind](session, request, caller)


async def _begin_parts(session: AsyncSession, request: SubjectRequest, _caller: Caller) -> None:
    session.add_all(RequestPart(request_id=request.id, service=each) for each in SERVICES)


async def _begin_erasure(session: AsyncSession, request: SubjectRequest, caller: Caller) -> None:
    await _begin_parts(session, request, caller)
    today, *aliases = await every_id(session, request.customer_id)
    record(
        session,
        ErasureRequested(request_id=request.id, customer_id=today, alias_ids=sorted(aliases)),
    )


async def _correct(session: AsyncSession, request: SubjectRequest, caller: Caller) -> None:
    customer = await customer_for_update(session, request.customer_id, caller)
    await correct(session, customer, Correction.model_validate(request.correction or {}))
    end(session, request, RequestState.COMPLETED, caller.subject)


async def _restrict(session: AsyncSession, request: SubjectRequest, caller: Caller) -> None:
    await _change_list(session, request, caller.subject, lambda customer: customer.put_on_list(
        SpecialList.RESTRICTED, f"Subject request {request.id}", utcnow()
    ))  # fmt: skip
    end(session, request, RequestState.COMPLETED, caller.subject)


async def _lift(session: AsyncSession, request: SubjectRequest, caller: Caller) -> None:
    await _change_list(
        session,
        request,
        caller.subject,
        lambda customer: customer.take_off_list(SpecialList.RESTRICTED),
    )
    end(session, request, RequestState.COMPLETED, caller.subject)


async def _change_list(
    session: AsyncSession, request: SubjectRequest, by: str, change: Callable[[Any], bool]
) -> None:
    customers = await customers_for_update(session, [request.customer_id])
    if (customer := customers.get(request.customer_id)) is None:
        raise NotFound("customer", request.customer_id)
    if change(customer):
        announce(session, [customer])
        why = f"Subject request {request.id}"
        await keep_history(session, [customer], Told(by, ListSource.SUBJECT_REQUEST, why))
        changes_of(session).note(customer.id, EVERYTHING)


def _checked(new: NewRequest, own: bool) -> dict[str, Any] | None:
    if not own and not storable(new.identity_check.strip(), LONGEST_NOTE):
        raise InvalidInput("identityCheck", "says how the customer proved who they are")
    if new.note and not storable(new.note.strip(), LONGEST_NOTE):
        raise InvalidInput("note", f"takes up to {LONGEST_NOTE} printable characters")
    if (new.kind is RequestKind.CORRECTION) != (new.correction is not None):
        raise InvalidInput("correction", "goes with a request for correction, and with no other")
    return new.correction.model_dump() if new.correction else None


BEGINNINGS: Final[
    dict[RequestKind, Callable[[AsyncSession, SubjectRequest, Caller], Awaitable[None]]]
] = {
    RequestKind.EXPORT: _begin_parts,
    RequestKind.CORRECTION: _correct,
    RequestKind.RESTRICTION: _restrict,
    RequestKind.LIFTING: _lift,
    RequestKind.ERASURE: _begin_erasure,
}
