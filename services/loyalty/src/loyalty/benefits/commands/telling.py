"""Telling the platform what became of benefits."""

from structlog import get_logger

from kit.database import AsyncSession
from kit.events import record
from loyalty.benefits.events import (
    BenefitAnswered,
    BenefitFulfilled,
    BenefitRefused,
    BenefitReversed,
)
from loyalty.benefits.measures import answered
from loyalty.benefits.models import FULFILLED, REFUSED, REVERSED, Benefit

EVENTS: dict[str, type[BenefitAnswered]] = {
    FULFILLED: BenefitFulfilled,
    REFUSED: BenefitRefused,
    REVERSED: BenefitReversed,
}
log = get_logger(__name__)


def announce(session: AsyncSession, benefit: Benefit, back: int | None = None) -> None:
    """Tell what became of it; of what is reversed, the cost that comes back, or so much more."""
    is_reversed = benefit.outcome == REVERSED
    returned = benefit.returned_minor if back is None else back
    record(
        session,
        EVENTS[benefit.outcome](
            task_id=benefit.task_id,
            campaign_id=benefit.campaign_id,
            customer_id=benefit.customer_id,
            kind=benefit.kind,
            reference=benefit.reference,
            points=benefit.points,
            cost_minor=returned if is_reversed else benefit.cost_minor,
            currency=benefit.currency,
            reason=benefit.reason,
        ),
    )
    answered.labels(benefit.kind, benefit.outcome).inc()
    if benefit.outcome != FULFILLED:
        log.info(
            "benefit_not_given",
            outcome=benefit.outcome,
            task=str(benefit.task_id),
            kind=benefit.kind,
            reason=benefit.reason,
        )
