"""Claiming reviews and deciding on them, each once."""

from datetime import datetime, timedelta
from typing import Final

from prometheus_client import Counter
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput
from kit.events import record
from kit.models import utcnow
from kit.schedules import MORE
from loyalty.reviews.errors import OwnAct
from loyalty.reviews.events import ReviewDecided, ReviewEscalated
from loyalty.reviews.models import Review, ReviewState
from loyalty.reviews.queries import reviews_to_escalate

CLAIMED_FOR: Final = timedelta(minutes=30)
NOTE_LENGTH: Final = 500
AT_ONCE: Final = 500
log = get_logger(__name__)
escalated = Counter("loyalty_reviews_escalated_total", "Reviews that nobody decided in time.")


async def claim_review(session: AsyncSession, review: Review, by: str) -> Review:
    """Take a waiting review for half an hour, or longer by claiming again.

    Raises OwnAct, and Conflict when it is decided or somebody else's.
    """
    _require_free(review, by)
    review.claimed_by, review.claimed_until = by, utcnow() + CLAIMED_FOR
    session.add(review)
    await session.flush()
    return review


async def decide_review(
    session: AsyncSession, review: Review, verdict: ReviewState, by: str, note: str
) -> Review:
    """Release the act or reject it, and tell whoever holds it; the same again changes nothing.

    Raises InvalidInput without a note, OwnAct, and Conflict when it was decided otherwise or is
    somebody else's.
    """
    if not (note.strip() and len(note) <= NOTE_LENGTH):
        raise InvalidInput("note", f"takes 1 to {NOTE_LENGTH} characters")
    if (review.state, review.decided_by) == (verdict, by):
        return review
    _require_free(review, by)
    review.state, review.note = verdict, note
    review.decided_by, review.decided_at = by, utcnow()
    session.add(review)
    await session.flush()
    log.info("review_decided", act_kind=review.act_kind, verdict=str(verdict))
    record(
        session,
        ReviewDecided(
            review_id=review.id,
            act_kind=review.act_kind,
            key=review.act_key,
            customer_id=review.customer_id,
            action=review.action,
            verdict=verdict,
        ),
    )
    return review


def _require_free(review: Review, by: str) -> None:
    if review.caused_by == by:
        raise OwnAct
    if review.state != ReviewState.WAITING:
        raise Conflict(f"The review was {review.state} before.")
    if review.is_claimed_by_other(by, utcnow()):
        raise Conflict(f"{review.claimed_by} is at it.")


async def escalate_reviews(session: AsyncSession, now: datetime | None = None) -> str | None:
    """Tell, once each, of those whose deadline has passed."""
    now = now or utcnow()
    late = await reviews_to_escalate(session, now, AT_ONCE)
    for review in late:
        review.escalated_at = now
        session.add(review)
        escalated.inc()
        log.warning("review_overdue", review_id=str(review.id), act_kind=review.act_kind)
        record(
            session,
            ReviewEscalated(
                review_id=review.id,
                act_kind=review.act_kind,
                key=review.act_key,
                customer_id=review.customer_id,
                due_at=review.due_at,
            ),
        )
    return MORE if len(late) == AT_ONCE else None
