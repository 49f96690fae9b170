"""Taking tasks back from customers who no longer want to be approached."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select
from structlog import get_logger

from campaign.facts.models import CustomerFacts
from campaign.facts.permission import refusal, said_by
from campaign.figures.models import Measure
from campaign.tasks.commands import Effects, Report, close, remember
from campaign.tasks.models import Task
from campaign.tasks.progress import NOT_SEEN, OPEN, TaskState
from campaign.turns import Purpose, take_turns
from kit.models import utcnow

PLATFORM = "platform"
log = get_logger(__name__)


async def withdraw_unwanted(session: AsyncSession, customers: AbstractSet[UUID]) -> None:
    """Withdraw what these customers have not seen and, by what is known now, may not get.

    Whoever is deciding for them at this moment is waited for: their tasks count too.
    """
    unseen = (
        select(Task, col(CustomerFacts.consents), col(CustomerFacts.special_lists))
        .join(CustomerFacts, col(CustomerFacts.id) == col(Task.customer_id))
        .where(col(Task.customer_id).in_(set(customers)), col(Task.state).in_(NOT_SEEN))
        .order_by(col(Task.id))
        .with_for_update(of=Task)
        .execution_options(populate_existing=True)
    )
    # Tasks are locked before turns are taken, as everybody does; then those that came meanwhile.
    await session.execute(unseen)
    await take_turns(session, Purpose.DECIDING, customers)
    effects, reports = Effects(), list[Report]()
    for task, consents, lists in (await session.execute(unseen)).all():
        if reason := refusal(said_by(consents), frozenset(lists), task.channel_kind):
            reports.append(Report(task.id, TaskState.WITHDRAWN, utcnow(), reason, PLATFORM))
            _withdraw(session, task, effects)
    if reports:
        await remember(session, reports)
        log.info("tasks_withdrawn", tasks=len(reports))
    await effects.write(session)


async def withdraw_all(session: AsyncSession, customers: AbstractSet[UUID], reason: str) -> None:
    """Withdraw whatever is open of these customers, seen or not."""
    open_ = (
        select(Task)
        .where(col(Task.customer_id).in_(customers), col(Task.state).in_(OPEN))
        .order_by(col(Task.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    await session.execute(open_)
    await take_turns(session, Purpose.DECIDING, customers)
    effects = Effects()
    tasks = (await session.scalars(open_)).all()
    for task in tasks:
        _withdraw(session, task, effects)
    if tasks:
        now = utcnow()
        reports = [Report(each.id, TaskState.WITHDRAWN, now, reason, PLATFORM) for each in tasks]
        await remember(session, reports)
    await effects.write(session)


def _withdraw(session: AsyncSession, task: Task, effects: Effects) -> None:
    task.state = TaskState.WITHDRAWN
    effects.settle(task)
    effects.count(task, Measure.WITHDRAWN, utcnow())
    session.add(task)
    close(session, task, TaskState.WITHDRAWN)
