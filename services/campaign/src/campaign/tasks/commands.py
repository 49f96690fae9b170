"""Everything that changes a task."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from campaign.budget.commands import Movement as MoneyMovement
from campaign.budget.commands import move_money
from campaign.catalogue.queries import offers_by_id
from campaign.entity import table_of
from campaign.figures.commands import Movement as FigureMovement
from campaign.figures.commands import count
from campaign.figures.models import Measure
from campaign.tasks import queries
from campaign.tasks.events import BenefitGranted, TaskClosed
from campaign.tasks.models import Task, TaskReport
from campaign.tasks.progress import (
    LOST,
    RANK,
    SHOWS_DELIVERY,
    SHOWS_PRESENTATION,
    TaskState,
    further,
)
from kit.bulk import insert_rows
from kit.events import record
from kit.models import utcnow, uuid7


@dataclass(frozen=True, slots=True)
class Report:
    """Somebody says how far a task has come."""

    task_id: UUID
    state: TaskState
    occurred_at: datetime
    reason: str = ""
    by: str = ""


@dataclass
class Effects:
    """What a batch of reports leads to, written together."""

    money: list[MoneyMovement] = field(default_factory=list)
    figures: list[FigureMovement] = field(default_factory=list)

    def count(self, task: Task, measure: Measure, at: datetime, amount: int = 1) -> None:
        self.figures.append(
            FigureMovement(
                campaign_id=task.campaign_id,
                offer_id=task.offer_id,
                channel_code=task.channel_code,
                unit=task.customer_unit,
                arm=task.arm,
                day=at.date(),
                measure=measure,
                amount=amount,
            )
        )

    def settle(self, task: Task, cost_minor: int = 0) -> None:
        """Give back what was committed, once; spend what it cost, the rest from the reserve."""
        committed = 0 if task.settled else task.cost_minor
        spent = min(cost_minor, committed)
        if committed or cost_minor:
            self.money.append(
                MoneyMovement(task.campaign_id, -committed, spent, cost_minor - spent)
            )
        task.settled = True
        task.spent_minor, task.overrun_minor = spent, cost_minor - spent

    def refund(self, task: Task, back_minor: int, at: datetime) -> None:
        """So much of what was spent is free again, of what the reserve paid first."""
        overrun = min(back_minor, task.overrun_minor)
        spent = min(back_minor - overrun, task.spent_minor)
        if overrun or spent:
            self.money.append(MoneyMovement(task.campaign_id, 0, -spent, -overrun))
            self.count(task, Measure.COST, at, -(spent + overrun))
        task.overrun_minor -= overrun
        task.spent_minor -= spent

    async def write(self, session: AsyncSession) -> None:
        await move_money(session, self.money)
        await count(session, self.figures)


async def report_progress(session: AsyncSession, reports: Sequence[Report]) -> list[Task]:
    """Take in reports in whatever order they come; the tasks they were about.

    A task takes each state once; what it does to money, benefits and figures happens once.
    Reports on tasks of which nothing is known are not ours.
    """
    tasks = await queries.tasks_for_update(session, [report.task_id for report in reports])
    known = [report for report in reports if report.task_id in tasks]
    if not known:
        return []
    effects = Effects()
    accepted: list[Task] = []
    for report in sorted(known, key=lambda report: -RANK[report.state]):
        task = tasks[report.task_id]
        if _take_in(task, report, effects):
            accepted.append(task)
        session.add(task)
    await remember(session, known)
    await _grant_benefits(session, accepted, effects)
    await effects.write(session)
    return list(tasks.values())


def _take_in(task: Task, report: Report, effects: Effects) -> bool:
    """Bring a task forward; whether it was accepted just now."""
    if report.state in SHOWS_DELIVERY and task.delivered_at is None:
        task.delivered_at = report.occurred_at
        effects.count(task, Measure.DELIVERED, report.occurred_at)
    if report.state in SHOWS_PRESENTATION:
        if task.presented_at is None:
            effects.count(task, Measure.PRESENTED, report.occurred_at)
        task.presented_at = min(task.presented_at or report.occurred_at, report.occurred_at)
    if report.state is TaskState.DECLINED and task.declined_at is None:
        task.declined_at = report.occurred_at
        effects.count(task, Measure.DECLINED, report.occurred_at)
    task.state = further(task.state, report.state)
    if report.state is TaskState.ACCEPTED and task.accepted_at is None:
        task.accepted_at = report.occurred_at
        effects.count(task, Measure.ACCEPTED, report.occurred_at)
        return True
    if task.state in LOST and not task.settled:
        effects.settle(task)
        if task.state is TaskState.WITHDRAWN:
            effects.count(task, Measure.WITHDRAWN, report.occurred_at)
    return False


async def remember(session: AsyncSession, reports: Sequence[Report]) -> None:
    now = utcnow()
    rows = [
        {
            "id": uuid7(),
            "created_at": now,
            "task_id": report.task_id,
            "state": report.state,
            "reason": report.reason,
            "by": report.by,
            "occurred_at": report.occurred_at,
        }
        for report in reports
    ]
    await insert_rows(session, table_of(TaskReport), rows, "ON CONFLICT DO NOTHING")


async def _grant_benefits(
    session: AsyncSession, accepted: Sequence[Task], effects: Effects
) -> None:
    """Ask loyalty for the benefit; an offer without one costs what it says, now."""
    if not accepted:
        return
    offers = await offers_by_id(session, {task.offer_id for task in accepted})
    for task in accepted:
        offer = offers[task.offer_id]
        if offer.benefit_kind is None:
            fulfil(session, task, offer.cost_minor, task.accepted_at or utcnow(), effects)
            continue
        record(
            session,
            BenefitGranted(
                task_id=task.id,
                campaign_id=task.campaign_id,
                customer_id=task.customer_id,
                kind=offer.benefit_kind,
                points=offer.benefit_points,
                amount_minor=offer.benefit_amount_minor,
                currency=offer.currency,
                reference=offer.benefit_reference,
                committed_minor=task.cost_minor,
            ),
        )


def fulfil(
    session: AsyncSession, task: Task, cost_minor: int, at: datetime, effects: Effects
) -> None:
    """The customer has what was promised; it has cost this much."""
    if task.state == TaskState.FULFILLED:
        return
    task.state = TaskState.FULFILLED
    effects.settle(task, cost_minor)
    if cost_minor:
        effects.count(task, Measure.COST, at, cost_minor)
    close(session, task, TaskState.FULFILLED)


async def fulfil_benefits(session: AsyncSession, costs: dict[UUID, int], at: datetime) -> None:
    """Loyalty has given the benefits of these tasks, at these costs."""
    tasks = await queries.tasks_for_update(session, costs)
    effects = Effects()
    for task in tasks.values():
        fulfil(session, task, costs[task.id] - (task.returned_minor or 0), at, effects)
        session.add(task)
    reports = [Report(task.id, TaskState.FULFILLED, at, by="loyalty") for task in tasks.values()]
    if reports:
        await remember(session, reports)
    await effects.write(session)


async def refund_benefits(session: AsyncSession, returned: dict[UUID, int], at: datetime) -> None:
    """The benefits of these tasks were taken back: so much of what each cost is free again.

    What comes back in parts is added up. Of a task whose benefit is only told later it is
    remembered until then.
    """
    tasks = await queries.tasks_for_update(session, returned)
    effects = Effects()
    for task in tasks.values():
        effects.refund(task, returned[task.id], at)
        task.returned_minor = (task.returned_minor or 0) + returned[task.id]
        session.add(task)
    await effects.write(session)


async def release_benefits(session: AsyncSession, refused: Sequence[UUID]) -> None:
    """Loyalty can't give the benefits of these tasks: the money is free again."""
    tasks = await queries.tasks_for_update(session, refused)
    effects = Effects()
    for task in tasks.values():
        if not task.settled:
            effects.settle(task)
        session.add(task)
    await effects.write(session)


async def charge(session: AsyncSession, costs: Sequence[tuple[UUID, int, datetime]]) -> None:
    """Costs of tasks that no budget pays, such as commission, count in their figures."""
    tasks = await queries.tasks_by_id(session, [task_id for task_id, _, _ in costs])
    effects = Effects()
    for task_id, amount, at in costs:
        if task_id in tasks:
            effects.count(tasks[task_id], Measure.COST, at, amount)
    await effects.write(session)


async def count_complaints(
    session: AsyncSession, complaints: Sequence[tuple[UUID, UUID, datetime]]
) -> None:
    """Complaints about tasks, by the task and the customer whose it must be."""
    tasks = await queries.tasks_by_id(session, [task_id for task_id, _, _ in complaints])
    effects = Effects()
    for task_id, customer_id, at in complaints:
        task = tasks.get(task_id)
        if task is not None and task.customer_id == customer_id:
            effects.count(task, Measure.COMPLAINTS, at)
    await effects.write(session)


def close(session: AsyncSession, task: Task, status: TaskState) -> None:
    record(
        session,
        TaskClosed(
            task_id=task.id,
            campaign_id=task.campaign_id,
            customer_id=task.customer_id,
            channel_code=task.channel_code,
            status=status,
        ),
    )
