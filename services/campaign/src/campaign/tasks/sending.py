"""Sending tasks out when their time has come, and closing those nobody answered."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.campaigns.lifecycle import DECIDING
from campaign.campaigns.models import Campaign
from campaign.catalogue.models import Offer
from campaign.tasks.commands import Effects, Report, close, remember
from campaign.tasks.events import TaskDispatched
from campaign.tasks.models import Task
from campaign.tasks.progress import OPEN, TaskState
from kit.events import record
from kit.models import utcnow

EXPIRED_AT_ONCE = 500
DISPATCHED_AT_ONCE = 500


async def expire_tasks(session: AsyncSession) -> None:
    """Close what nobody answered in time, and free its money."""
    now = utcnow()
    rows = await session.scalars(
        select(Task)
        .where(col(Task.state).in_(OPEN), col(Task.deadline) <= now)
        .order_by(col(Task.id))
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    effects = Effects()
    overdue = rows.all()
    for task in overdue:
        task.state = TaskState.EXPIRED
        effects.settle(task)
        session.add(task)
        close(session, task, TaskState.EXPIRED)
    if overdue:
        await remember(
            session, [Report(task.id, TaskState.EXPIRED, now, by="platform") for task in overdue]
        )
    await effects.write(session)


async def dispatch_planned(session: AsyncSession) -> None:
    """Send out what quiet hours held back, as long as the campaign runs."""
    now = utcnow()
    rows = await session.execute(
        select(Task, Campaign, Offer)
        .join(Campaign, col(Campaign.id) == col(Task.campaign_id))
        .join(Offer, col(Offer.id) == col(Task.offer_id))
        .where(
            Task.state == TaskState.PLANNED,
            col(Task.dispatch_at) <= now,
            col(Task.deadline) > now,
            col(Campaign.state).in_(DECIDING),
        )
        .order_by(col(Task.id))
        .limit(DISPATCHED_AT_ONCE)
        .with_for_update(skip_locked=True, of=Task)
    )
    for task, campaign, offer in rows.all():
        task.state = TaskState.DISPATCHED
        session.add(task)
        record(session, dispatched(task.model_dump(), campaign.code, offer))


def dispatched(task: dict[str, Any], campaign_code: str, offer: Offer) -> TaskDispatched:
    """What the channel is told: the content for its kind, else the offer's name."""
    content = offer.contents.get(task["channel_kind"]) or {}
    return TaskDispatched(
        task_id=task["id"],
        campaign_id=task["campaign_id"],
        campaign_code=campaign_code,
        offer_id=offer.id,
        offer_code=offer.code,
        offer_name=offer.name,
        products=offer.products,
        customer_id=task["customer_id"],
        channel_code=task["channel_code"],
        unit=task["unit"],
        title=content.get("title") or offer.name,
        text=content.get("text") or offer.name,
        deadline=task["deadline"],
        touchpoint_id=task["touchpoint_id"],
        touchpoint_received_at=task["touchpoint_received_at"],
    )
