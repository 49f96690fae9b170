"""Paying cash-back: amounts go into a batch once, and each has one outcome."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from structlog import get_logger

from channel.fulfilments.commands import checked_outcome, step, tell
from channel.fulfilments.models import FulfilmentWork, HandoutOutcome, HandoutState
from channel.fulfilments.queries import seen_by
from channel.payouts import queries
from channel.payouts.errors import NothingToPay
from channel.payouts.models import MOST_IN_A_BATCH, Payout, PayoutBatch
from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.models import utcnow

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PaidOut:
    """What the bank says of one payout."""

    fulfilment_id: UUID
    outcome: HandoutOutcome
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """An outcome that was not taken in, and why."""

    fulfilment_id: UUID
    message: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the outcomes of a batch."""

    ended: int
    repeated: int
    refused: Sequence[NotTaken]


async def open_batch(
    session: AsyncSession, caller: Caller, currency: str, most: int = MOST_IN_A_BATCH
) -> PayoutBatch:
    """Take what is due into a new batch, or NothingToPay.

    It stays there until its outcome is known, however long that takes: it may have been paid.
    """
    due = await queries.to_pay(session, seen_by(caller, None), currency, most)
    if not due:
        raise NothingToPay(currency)
    batch = PayoutBatch(
        unit=caller.unit or "",
        currency=currency,
        opened_by=caller.subject,
        payouts=len(due),
        amount_minor=sum(work.amount_minor for work in due),
    )
    session.add(batch)
    await session.flush()
    for work in due:
        work.state, work.claimed_by = HandoutState.CLAIMED, caller.subject
        work.history = [*work.history, step("claimed", caller.subject)]
        session.add(work)
        session.add(
            Payout(
                batch_id=batch.id,
                fulfilment_id=work.id,
                attempt=work.attempt,
                amount_minor=work.amount_minor,
            )
        )
    log.info("payout_batch_opened", batch=str(batch.id), payouts=batch.payouts)
    return batch


async def end_payouts(
    session: AsyncSession, batch: PayoutBatch, paid: Iterable[PaidOut], *, by: str
) -> Taken:
    """Keep what came of payouts, and tell the platform; each is judged by itself."""
    told = list(paid)
    works = await queries.payouts_to_end(session, batch.id, [each.fulfilment_id for each in told])
    ended = repeated = 0
    refused: list[NotTaken] = []
    for each in told:
        work = works.get(each.fulfilment_id)
        if message := _refused(work, each):
            refused.append(NotTaken(each.fulfilment_id, message))
        elif work is not None and work.state == HandoutState.CLAIMED:
            _end(session, work, each, by)
            ended += 1
        else:
            repeated += 1
    return Taken(ended, repeated, refused)


def _refused(work: FulfilmentWork | None, paid: PaidOut) -> str:
    """Why an outcome can't be taken in; empty if it can."""
    if work is None:
        return "It does not lie in this batch, or is tried again by now."
    try:
        reference, reason = checked_outcome(paid.outcome, paid.reference, paid.reason)
    except InvalidInput as wrong:
        return f"{wrong.field} {wrong.message}"
    if work.state == HandoutState.CLAIMED:
        return ""
    same = (work.state, work.reference, work.reason) == (paid.outcome, reference, reason)
    return "" if same else f"It is {work.state} already; that stands."


def _end(session: AsyncSession, work: FulfilmentWork, paid: PaidOut, by: str) -> None:
    now = utcnow()
    reference, reason = checked_outcome(paid.outcome, paid.reference, paid.reason)
    work.state, work.ended_at = HandoutState(paid.outcome), now
    work.reference, work.reason = reference, reason
    work.history = [*work.history, step(paid.outcome, by, reason, reference)]
    session.add(work)
    tell(session, work, by, now)
