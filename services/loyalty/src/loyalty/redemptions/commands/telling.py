"""Telling the platform of redemptions, and counting them."""

from typing import Final

from prometheus_client import Counter
from structlog import get_logger

from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow
from loyalty.redemptions.events import RedemptionTold
from loyalty.redemptions.models import Redemption

TOLD: Final = (
    "customer_id",
    "unit",
    "reward_code",
    "kind",
    "title",
    "quantity",
    "currency",
    "price",
    "money",
    "cost_minor",
    "state",
    "held",
    "reason",
)
log = get_logger(__name__)
moved = Counter("loyalty_redemptions_total", "Redemptions that came to a state.", ["kind", "state"])


def tell(session: AsyncSession, event: type[RedemptionTold], redemption: Redemption) -> None:
    """Announce a redemption as it is now, if this transaction commits."""
    record(
        session,
        event(
            redemption_id=redemption.id,
            at=utcnow(),
            **{name: getattr(redemption, name) for name in TOLD},
        ),
    )
    moved.labels(redemption.kind, redemption.state).inc()
    log.info(
        "redemption_moved",
        redemption_id=str(redemption.id),
        reward=redemption.reward_code,
        state=str(redemption.state),
        held=redemption.held,
    )
