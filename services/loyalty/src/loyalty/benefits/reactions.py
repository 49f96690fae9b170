"""What benefits do when a campaign grants one."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed
from loyalty.benefits.commands import Grant, fulfil
from loyalty.benefits.models import Asked


class BenefitGranted(Heard):
    """The part of a grant that fulfilment reads."""

    task_id: UUID
    campaign_id: UUID
    customer_id: Followed
    kind: str
    points: int | None = None
    amount_minor: int | None = None
    currency: str | None = None


async def fulfil_granted_benefits(session: AsyncSession, events: list[BenefitGranted]) -> None:
    """Each task's benefit exactly once, and an answer the campaign can book."""
    await fulfil(
        session,
        [
            Grant(
                task_id=each.task_id,
                campaign_id=each.campaign_id,
                customer_id=each.customer_id,
                asked=Asked(
                    each.kind, each.points or 0, each.amount_minor or 0, each.currency or ""
                ),
                granted_at=each.event_time,
            )
            for each in events
        ],
    )
