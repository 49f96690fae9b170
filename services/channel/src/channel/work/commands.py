"""Everything that changes work: claims, outcomes, and what runs out."""

from datetime import timedelta
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, literal, or_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select

from channel.consents.queries import refused
from channel.texts import checked_text
from channel.work.errors import ClaimedByAnother, NotClaimed, OutcomeNotPossible, WorkIsOver
from channel.work.events import TaskProgressed, TaskStatus
from channel.work.models import FINAL, UNANSWERED, Work, WorkOutcome, WorkState
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.events import record
from kit.models import utcnow

LEASE = timedelta(minutes=15)
MOST_AT_ONCE = 500


def step(what: str, by: str | None, reason: str | None = None) -> dict[str, Any]:
    """One entry of a history."""
    return {"what": what, "by": by, "reason": reason, "at": utcnow().isoformat()}


def _and(entry: dict[str, Any]) -> Any:
    return col(Work.history).op("||")(literal([entry], JSONB))


async def claim_work(
    session: AsyncSession, task_id: UUID, *, by: str, seen: ColumnElement[bool]
) -> Work:
    """Take a task for a quarter of an hour; of many at once one gets it. A repeat extends it.

    Whether the customer may be reached is looked up again, in the same statement.
    """
    now = utcnow()
    free = or_(
        col(Work.state) == WorkState.OPEN,
        and_(
            col(Work.state) == WorkState.CLAIMED,
            or_(col(Work.claimed_by) == by, col(Work.lease_until) <= now),
        ),
    )
    welcome = ~refused(col(Work.customer_id), col(Work.channel_code))
    claim = (
        update(Work)
        .where(col(Work.id) == task_id, seen, free, col(Work.deadline) > now, welcome)
        .values(
            state=WorkState.CLAIMED,
            claimed_by=by,
            lease_until=now + LEASE,
            history=case(
                (col(Work.claimed_by) == by, col(Work.history)), else_=_and(step("claimed", by))
            ),
        )
        .returning(Work)
        .execution_options(synchronize_session=False)
    )
    claimed: Work | None = (await session.execute(claim)).scalar_one_or_none()
    return claimed or await _refuse_claim(session, task_id, by, seen)


async def report_outcome(
    session: AsyncSession,
    task_id: UUID,
    outcome: WorkOutcome,
    *,
    reason: str | None,
    by: str,
    seen: ColumnElement[bool],
) -> Work:
    """Say how it went, and tell the platform. The same again answers the same and tells nothing."""
    reason = checked_text(reason, "reason", 500) if reason else None
    possible = UNANSWERED if outcome in FINAL else UNANSWERED[:1]
    report = (
        update(Work)
        .where(
            col(Work.id) == task_id,
            seen,
            col(Work.state) == WorkState.CLAIMED,
            col(Work.claimed_by) == by,
            col(Work.status).in_(possible),
        )
        .values(
            state=WorkState.ANSWERED if outcome in FINAL else WorkState.CLAIMED,
            status=outcome.value,
            history=_and(step(outcome.value, by, reason)),
        )
        .returning(Work)
        .execution_options(synchronize_session=False)
    )
    reported: Work | None = (await session.execute(report)).scalar_one_or_none()
    if reported is None:
        return await _same_as_before(session, task_id, outcome, by, seen)
    tell(session, reported, TaskStatus(outcome), by=by, reason=reason)
    return reported


async def give_back_and_expire(session: AsyncSession) -> None:
    """Leases that ran out go back to the inbox; tasks past their deadline leave it."""
    now = utcnow()
    await session.execute(
        update(Work)
        .where(col(Work.state) == WorkState.CLAIMED, col(Work.lease_until) <= now)
        .values(
            state=WorkState.OPEN,
            claimed_by=None,
            lease_until=None,
            history=_and(step("given back", None, "the lease ran out")),
        )
        .execution_options(synchronize_session=False)
    )
    late = (
        select(Work.id)
        .where(col(Work.state) == WorkState.OPEN, col(Work.deadline) <= now)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    expired = await session.execute(
        update(Work)
        .where(col(Work.id).in_(late))
        .values(
            state=WorkState.CLOSED, status=TaskStatus.EXPIRED, history=_and(step("expired", None))
        )
        .returning(Work)
        .execution_options(synchronize_session=False)
    )
    for work in expired.scalars():
        tell(session, work, TaskStatus.EXPIRED, by=None, reason="nobody took it in time")


def tell(
    session: AsyncSession, work: Work, status: TaskStatus, *, by: str | None, reason: str | None
) -> None:
    """Announce how far a task has come."""
    if work.campaign_id is None:
        return
    record(
        session,
        TaskProgressed(
            task_id=work.id,
            campaign_id=work.campaign_id,
            customer_id=work.customer_id,
            status=status,
            channel_code=work.channel_code,
            reason=reason,
            by=by,
            occurred_at=utcnow(),
        ),
    )


async def _as_it_is(session: AsyncSession, task_id: UUID, seen: ColumnElement[bool]) -> Work:
    work = (await session.exec(select(Work).where(col(Work.id) == task_id, seen))).first()
    if work is None:
        raise NotFound("task", task_id)
    return work


async def _refuse_claim(
    session: AsyncSession, task_id: UUID, by: str, seen: ColumnElement[bool]
) -> NoReturn:
    work = await _as_it_is(session, task_id, seen)
    now = utcnow()
    if work.state_at(now) == WorkState.CLAIMED and work.claimed_by != by and work.lease_until:
        raise ClaimedByAnother(work.lease_until)
    if work.state in (WorkState.OPEN, WorkState.CLAIMED):
        late = work.deadline <= now
        raise WorkIsOver(WorkState.CLOSED, TaskStatus.EXPIRED if late else TaskStatus.WITHDRAWN)
    raise WorkIsOver(work.state, work.status)


async def _same_as_before(
    session: AsyncSession,
    task_id: UUID,
    outcome: WorkOutcome,
    by: str,
    seen: ColumnElement[bool],
) -> Work:
    """The work, if this outcome was reported before by the same person; or a refusal."""
    work = await _as_it_is(session, task_id, seen)
    if work.state == WorkState.OPEN:
        raise NotClaimed
    if work.claimed_by == by and work.status == outcome:
        return work
    if work.state == WorkState.CLOSED:
        raise WorkIsOver(work.state, work.status)
    if work.claimed_by != by and work.state == WorkState.CLAIMED and work.lease_until:
        raise ClaimedByAnother(work.lease_until)
    raise OutcomeNotPossible(work.status, outcome)
