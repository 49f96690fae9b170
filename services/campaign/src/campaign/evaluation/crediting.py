"""Which campaign an order counts for: a function of what happened, whatever order it was heard in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from campaign.evaluation.models import Conversion, PlacedOrder
from campaign.settings import settings
from campaign.tasks.models import Enrolment, Task


@dataclass
class History:
    """All of one customer that attribution reads."""

    orders: list[PlacedOrder] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    enrolments: list[Enrolment] = field(default_factory=list)
    conversions: dict[UUID, Conversion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an order counts for."""

    campaign_id: UUID
    offer_id: UUID
    task_id: UUID | None
    arm: str
    channel_code: str
    unit: str


def claim_on(order: PlacedOrder, history: History) -> Claim | None:
    """The task the order names, else the one presented last, else where the customer is enrolled."""
    if order.placed_at is None:
        return None
    task = _named(order, history.tasks) or _presented_last(order.placed_at, history.tasks)
    if task is not None:
        return Claim(
            task.campaign_id,
            task.offer_id,
            task.id,
            task.arm,
            task.channel_code,
            task.customer_unit,
        )
    enrolment = _enrolled_last(order.placed_at, history.enrolments)
    if enrolment is None:
        return None
    return Claim(enrolment.campaign_id, enrolment.offer_id, None, enrolment.arm, "", enrolment.unit)


def _named(order: PlacedOrder, tasks: Iterable[Task]) -> Task | None:
    return next((task for task in tasks if task.id == order.task_id), None)


def _presented_last(placed_at: datetime, tasks: Iterable[Task]) -> Task | None:
    fitting = [
        (task.presented_at, task.id, task)
        for task in tasks
        if task.presented_at is not None and _within(task.presented_at, placed_at)
    ]
    return max(fitting, key=lambda each: each[:2])[2] if fitting else None


def _enrolled_last(placed_at: datetime, enrolments: Iterable[Enrolment]) -> Enrolment | None:
    fitting = [
        (each.enrolled_at, each.campaign_id, each)
        for each in enrolments
        if _within(each.enrolled_at, placed_at)
    ]
    return max(fitting, key=lambda each: each[:2])[2] if fitting else None


def _within(since: datetime, placed_at: datetime) -> bool:
    return since <= placed_at < since + timedelta(days=settings().attribution_window_days)
