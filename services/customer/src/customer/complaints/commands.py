"""Everything that changes complaints."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from customer.complaints import events
from customer.complaints.measures import overdue_complaints
from customer.complaints.models import (
    Complaint,
    ComplaintRule,
    ComplaintState,
    ComplaintStep,
    Escalation,
)
from customer.complaints.queries import complaint_for_update
from customer.entity import table_of
from customer.profiles.queries import customer_by_id, is_customer, may_see
from customer.texts import checked_text
from customer.timeline.commands import Entry, keep_own_entries
from kit.database import AsyncSession
from kit.errors import IdempotencyKeyReused, InvalidInput, NotFound
from kit.events import record
from kit.idempotency import KEY_LENGTH, answered_before, fingerprint, remember_answer
from kit.identity import Caller
from kit.models import utcnow, uuid7

LONGEST_WORDS: Final = 4_000
LONGEST_CODE: Final = 64
LONGEST_NAME: Final = 200
PLATFORM: Final = "platform"
ESCALATED_AT_ONCE: Final = 500
CATEGORY: Final = "category"
CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What a customer complains of, and about what."""

    category: str
    words: str
    owner: str | None = None
    channel_code: str | None = None
    touchpoint_id: UUID | None = None
    task_id: UUID | None = None
    campaign_id: UUID | None = None


async def set_rule(session: AsyncSession, rule: ComplaintRule, caller: Caller) -> ComplaintRule:
    """From now on, for complaints opened or reopened later."""
    if not CODE.fullmatch(rule.category):
        raise InvalidInput(CATEGORY, "is up to 64 of a-z, 0-9 and _, beginning with a letter")
    rule.name = checked_text(rule.name, "name", LONGEST_NAME)
    rule.owner = checked_text(rule.owner, "owner", LONGEST_NAME)
    if not 1 <= rule.hours_to_resolve <= 8_760:
        raise InvalidInput("hoursToResolve", "is 1 to 8,760")
    if not 0 <= rule.warning_hours < rule.hours_to_resolve:
        raise InvalidInput("warningHours", "is 0 or more and less than hoursToResolve")
    rule.set_by, rule.set_at = caller.subject, utcnow()
    row = {name: getattr(rule, name) for name in ComplaintRule.model_fields}
    statement = insert(table_of(ComplaintRule)).values(row)
    await session.execute(statement.on_conflict_do_update(index_elements=[CATEGORY], set_=row))
    return rule


async def open_complaint(
    session: AsyncSession, customer_id: UUID, new: NewComplaint, key: str, caller: Caller
) -> Complaint:
    """Open a complaint, with the deadline and the owner that its category's rule says."""
    words = checked_text(new.words, "words", LONGEST_WORDS)
    if new.owner and is_customer(caller):
        raise InvalidInput("owner", "is not the customer's to choose")
    known_as = fingerprint([caller.subject, checked_text(key, "idempotencyKey", KEY_LENGTH)])
    about = {**asdict(new), "customer": customer_id, "by": caller.subject}
    try:
        before = await answered_before(session, "open_complaint", known_as, about)
    except IdempotencyKeyReused as reused:
        raise IdempotencyKeyReused(key) from reused
    if before is not None:
        return (
            await session.exec(select(Complaint).where(Complaint.id == UUID(before["id"])))
        ).one()
    customer = await customer_by_id(session, customer_id)
    if customer is None or not may_see(caller, customer):
        raise NotFound("customer", customer_id)
    rule = await _rule(session, new.category)
    complaint = _opened(customer, new, words, rule, caller)
    session.add(complaint)
    await _tell(session, complaint, "opened", events.ComplaintOpened, by=caller.subject)
    answer = {"id": str(complaint.id)}
    await remember_answer(session, "open_complaint", known_as, answer, about=customer_id)
    return complaint


async def assign_complaint(
    session: AsyncSession, complaint_id: UUID, owner: str, caller: Caller
) -> Complaint:
    owner = checked_text(owner, "owner", LONGEST_NAME)
    complaint = await complaint_for_update(session, complaint_id, caller)
    if complaint.give_to(owner):
        _step(session, complaint, "assigned", caller.subject, f"to {owner}")
    return complaint


async def close_complaint(
    session: AsyncSession, complaint_id: UUID, resolution: str, caller: Caller
) -> Complaint:
    resolution = checked_text(resolution, "resolution", LONGEST_WORDS)
    complaint = await complaint_for_update(session, complaint_id, caller)
    if complaint.close(resolution, utcnow()):
        await _tell(
            session, complaint, "closed", events.ComplaintClosed, by=caller.subject, note=resolution
        )
    return complaint


async def reopen_complaint(
    session: AsyncSession, complaint_id: UUID, reason: str, caller: Caller
) -> Complaint:
    """The deadline counts anew."""
    reason = checked_text(reason, "reason", LONGEST_WORDS)
    complaint = await complaint_for_update(session, complaint_id, caller)
    complaint.reopen()
    complaint.due(await _rule(session, complaint.category), utcnow())
    await _tell(
        session, complaint, "reopened", events.ComplaintReopened, by=caller.subject, note=reason
    )
    return complaint


async def escalate_complaints(session: AsyncSession) -> int:
    """Tell whose deadline is near or has passed, once each; how many."""
    now = utcnow()
    due = (
        select(Complaint)
        .where(
            col(Complaint.state) == ComplaintState.OPEN,
            col(Complaint.escalation) < Escalation.OVERDUE,
            col(Complaint.warn_at) <= now,
            (col(Complaint.escalation) == Escalation.NONE) | (col(Complaint.deadline) <= now),
        )
        .order_by(col(Complaint.id))
        .limit(ESCALATED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    escalated = 0
    for complaint in (await session.exec(due)).all():
        if level := complaint.escalate(now):
            session.add(complaint)
            _step(session, complaint, "escalated", PLATFORM, level.name.lower())
            facts = _facts(complaint)
            record(session, events.ComplaintEscalated(**facts, level=level.name.lower()))
            escalated += 1
    return escalated


async def measure_overdue_complaints(session: AsyncSession) -> None:
    """How many are past their deadline, for whoever watches."""
    is_open = col(Complaint.state) == ComplaintState.OPEN
    late = is_open & (col(Complaint.deadline) <= utcnow())
    counted = await session.exec(select(func.count()).where(late))
    overdue_complaints.set(counted.one())


async def _rule(session: AsyncSession, category: str) -> ComplaintRule:
    rule = await session.get(ComplaintRule, category)
    if rule is None:
        raise InvalidInput(CATEGORY, "is none that has a rule")
    return rule


def _opened(
    customer: Any, new: NewComplaint, words: str, rule: ComplaintRule, caller: Caller
) -> Complaint:
    complaint = Complaint(
        id=uuid7(),
        customer_id=customer.id,
        unit=customer.unit,
        category=rule.category,
        words=words,
        owner=checked_text(new.owner, "owner", LONGEST_NAME) if new.owner else rule.owner,
        channel_code=_code(new.channel_code, "channelCode") if new.channel_code else None,
        touchpoint_id=new.touchpoint_id,
        task_id=new.task_id,
        campaign_id=new.campaign_id,
        opened_by=caller.subject,
    )
    complaint.due(rule, utcnow())
    return complaint


async def _tell(
    session: AsyncSession,
    complaint: Complaint,
    what: str,
    event: type[events.ComplaintFacts],
    *,
    by: str,
    note: str = "",
) -> None:
    """A step, an event, and an entry of the timeline."""
    session.add(complaint)
    step = _step(session, complaint, what, by, note)
    record(session, event(**_facts(complaint)))
    shown = (("channel_code", complaint.channel_code), ("note", note))
    entry = Entry(
        id=step.id,
        customer_id=complaint.customer_id,
        occurred_at=step.created_at,
        kind=f"complaint_{what}",
        channel_code=complaint.channel_code,
        campaign_id=complaint.campaign_id,
        title=f"Complaint about {complaint.category.replace('_', ' ')} {what}",
        details=[
            *([name, value] for name, value in shown if value),
            ["complaint_id", str(complaint.id)],
        ],
    )
    await keep_own_entries(session, [entry])


def _step(
    session: AsyncSession, complaint: Complaint, what: str, by: str, note: str
) -> ComplaintStep:
    step = ComplaintStep(complaint_id=complaint.id, what=what, by=by, note=note)
    session.add(step)
    return step


def _facts(complaint: Complaint) -> dict[str, Any]:
    names = set(events.ComplaintFacts.model_fields) - {"complaint_id", "at"}
    values = {name: getattr(complaint, name) for name in names}
    return {"complaint_id": complaint.id, "at": utcnow(), **values}


def _code(code: str, field: str) -> str:
    return checked_text(code, field, LONGEST_CODE)
