"""Everything that changes what is handed out: claims, and what came of them."""

from datetime import datetime, timedelta
from typing import Any, Final, NoReturn
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, literal, or_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col

from channel.fulfilments import queries
from channel.fulfilments.errors import (
    FulfilmentIsOver,
    FulfilmentNotClaimed,
    FulfilmentTakenByAnother,
)
from channel.fulfilments.events import FulfilmentCompleted, FulfilmentFailed
from channel.fulfilments.models import OVER, FulfilmentWork, HandoutOutcome, HandoutState
from channel.texts import checked_text
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.events import record
from kit.models import utcnow

LEASE: Final = timedelta(minutes=15)
REFERENCE_LENGTH: Final = 100
REASON_LENGTH: Final = 500


def step(what: str, by: str | None, reason: str = "", reference: str = "") -> dict[str, Any]:
    """One entry of a history."""
    at = utcnow().isoformat()
    return {"what": what, "by": by, "reason": reason, "reference": reference, "at": at}


def and_also(entry: dict[str, Any]) -> Any:
    """The history with one entry more."""
    return col(FulfilmentWork.history).op("||")(literal([entry], JSONB))


async def claim_fulfilment(
    session: AsyncSession, fulfilment_id: UUID, *, by: str, theirs: ColumnElement[bool]
) -> FulfilmentWork:
    """Take one for a quarter of an hour; of many at once one gets it. A repeat extends it."""
    now = utcnow()
    claimed = col(FulfilmentWork.state) == HandoutState.CLAIMED
    mine = col(FulfilmentWork.claimed_by) == by
    free = or_(
        col(FulfilmentWork.state) == HandoutState.OPEN,
        and_(claimed, or_(mine, col(FulfilmentWork.lease_until) <= now)),
    )
    claim = (
        update(FulfilmentWork)
        .where(col(FulfilmentWork.id) == fulfilment_id, theirs, free)
        .values(
            state=HandoutState.CLAIMED,
            claimed_by=by,
            lease_until=now + LEASE,
            history=case(
                (and_(claimed, mine), col(FulfilmentWork.history)),
                else_=and_also(step("claimed", by)),
            ),
        )
        .returning(FulfilmentWork)
        .execution_options(synchronize_session=False)
    )
    taken: FulfilmentWork | None = (await session.execute(claim)).scalar_one_or_none()
    return taken or await _refuse(session, fulfilment_id, theirs)


async def end_fulfilment(
    session: AsyncSession,
    fulfilment_id: UUID,
    outcome: HandoutOutcome,
    *,
    reference: str = "",
    reason: str = "",
    by: str,
    theirs: ColumnElement[bool],
) -> FulfilmentWork:
    """Say what came of it, and tell the platform. The same again tells nothing.

    Whoever claimed it last may say so, also when the lease ran out and nobody else took it since.
    """
    reference, reason = checked_outcome(outcome, reference, reason)
    now = utcnow()
    end = (
        update(FulfilmentWork)
        .where(
            col(FulfilmentWork.id) == fulfilment_id,
            theirs,
            col(FulfilmentWork.state) == HandoutState.CLAIMED,
            col(FulfilmentWork.claimed_by) == by,
        )
        .values(**ending(outcome, reference, reason, by, now))
        .returning(FulfilmentWork)
        .execution_options(synchronize_session=False)
    )
    ended: FulfilmentWork | None = (await session.execute(end)).scalar_one_or_none()
    if ended is None:
        return await _same_as_before(session, fulfilment_id, (outcome, reference, reason), theirs)
    tell(session, ended, by, now)
    return ended


def ending(
    outcome: HandoutOutcome, reference: str, reason: str, by: str, now: datetime
) -> dict[str, Any]:
    """What changes when an attempt ends."""
    return {
        "state": HandoutState(outcome),
        "reference": reference,
        "reason": reason,
        "ended_at": now,
        "lease_until": None,
        "history": and_also(step(outcome, by, reason, reference)),
    }


def checked_outcome(outcome: HandoutOutcome, reference: str, reason: str) -> tuple[str, str]:
    """Reference and reason without blanks around them; a failure says why, or InvalidInput."""
    if outcome == HandoutOutcome.FAILED:
        if reference:
            raise InvalidInput("reference", "is of what was handed out; a failure has none")
        return "", checked_text(reason, "reason", REASON_LENGTH)
    if reason:
        raise InvalidInput("reason", "says why something failed")
    return checked_text(reference, "reference", REFERENCE_LENGTH) if reference else "", ""


def tell(session: AsyncSession, work: FulfilmentWork, by: str, at: datetime) -> None:
    """Announce how it ended."""
    event = FulfilmentCompleted if work.state == HandoutState.COMPLETED else FulfilmentFailed
    record(
        session,
        event(
            fulfilment_id=work.id,
            attempt=work.attempt,
            customer_id=work.customer_id,
            source_kind=work.source_kind,
            source_id=work.source_id,
            reference=work.reference,
            reason=work.reason,
            by=by,
            at=at,
        ),
    )


async def _refuse(
    session: AsyncSession, fulfilment_id: UUID, theirs: ColumnElement[bool]
) -> NoReturn:
    work = await queries.one(session, fulfilment_id, theirs)
    if work.state in OVER:
        raise FulfilmentIsOver(work.state, work.reference, work.reason)
    raise FulfilmentTakenByAnother(work.lease_until)


async def _same_as_before(
    session: AsyncSession,
    fulfilment_id: UUID,
    told: tuple[HandoutOutcome, str, str],
    theirs: ColumnElement[bool],
) -> FulfilmentWork:
    """It, if exactly this was said of it before; or a refusal."""
    work = await queries.one(session, fulfilment_id, theirs)
    if (work.state, work.reference, work.reason) == told:
        return work
    if work.state == HandoutState.OPEN:
        raise FulfilmentNotClaimed
    return await _refuse(session, fulfilment_id, theirs)
