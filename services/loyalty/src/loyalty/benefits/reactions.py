"""What benefits do when campaigns grant them, orders come and go, and referrals qualify."""

from datetime import datetime
from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed
from loyalty.benefits import commands
from loyalty.benefits.asking import SOURCE, Ask
from loyalty.benefits.commands import Brought, Grant, TaskOrdered
from loyalty.fulfilments.models import RECALLED


class BenefitGranted(Heard):
    """The part of a grant that fulfilment reads."""

    task_id: UUID
    campaign_id: UUID
    customer_id: Followed
    kind: str
    points: int | None = None
    amount_minor: int | None = None
    currency: str | None = None
    reference: str | None = None
    committed_minor: int | None = None


class TaskOrderPlaced(Heard):
    """The part of an order that says which task led to it."""

    order_id: UUID
    customer_id: Followed
    task_id: UUID | None = None


class TaskOrderCancelled(Heard):
    order_id: UUID
    customer_id: Followed
    cancelled_at: datetime


class ReferralQualified(Heard):
    customer_id: Followed
    referred_id: Followed


class ReferralDisqualified(Heard):
    referral_id: UUID


class ReferralReviewed(Heard):
    """The part of a decision that referrals of campaigns wait for."""

    act_kind: str
    key: str
    verdict: str


class FulfilmentFailed(Heard):
    customer_id: Followed
    source_kind: str
    source_id: UUID
    reason: str


async def fulfil_granted_benefits(session: AsyncSession, events: list[BenefitGranted]) -> None:
    """Each task's benefit exactly once, and an answer the campaign can book."""
    await commands.fulfil(session, [_grant(each) for each in events])


def _grant(event: BenefitGranted) -> Grant:
    ask = Ask(
        id=event.task_id,
        customer_id=event.customer_id,
        kind=event.kind,
        at=event.event_time,
        reference=event.reference or "",
        points=event.points or 0,
        amount_minor=event.amount_minor or 0,
        currency=event.currency or "",
    )
    return Grant(event.campaign_id, ask, event.committed_minor)


async def follow_orders_of_tasks(session: AsyncSession, events: list[TaskOrderPlaced]) -> None:
    placed = [TaskOrdered(each.order_id, each.customer_id, each.task_id) for each in events]
    await commands.follow_orders(session, placed)


async def reverse_benefits_of_cancelled_orders(
    session: AsyncSession, events: list[TaskOrderCancelled]
) -> None:
    """Whichever of order, cancellation and grant is heard first."""
    await commands.lose_orders(
        session,
        [
            TaskOrdered(each.order_id, each.customer_id, cancelled_at=each.cancelled_at)
            for each in events
        ],
    )


async def fulfil_benefits_of_referrals(
    session: AsyncSession, events: list[ReferralQualified]
) -> None:
    await commands.reward_referrals(
        session, [Brought(each.customer_id, each.referred_id) for each in events]
    )


async def reverse_benefits_of_referrals(
    session: AsyncSession, events: list[ReferralDisqualified]
) -> None:
    await commands.undo_referrals(session, [each.referral_id for each in events])


async def settle_reviewed_referrals(session: AsyncSession, events: list[ReferralReviewed]) -> None:
    """What was released is given, what was rejected taken back."""
    decided = {
        each.key: each.verdict == "released" for each in events if each.act_kind == "referral"
    }
    if decided:
        await commands.settle_reviewed(session, decided)


async def reverse_gifts_that_came_back(
    session: AsyncSession, events: list[FulfilmentFailed]
) -> None:
    """What was recalled in time is there for others, and costs the campaign nothing."""
    recalled = (each for each in events if (each.source_kind, each.reason) == (SOURCE, RECALLED))
    whose = {each.source_id: each.customer_id for each in recalled}
    await commands.reverse_recalled(session, whose)
