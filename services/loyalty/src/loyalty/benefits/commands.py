"""Everything that gives benefits: one answer per task, whatever is heard how often."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from kit.database import AsyncSession
from kit.events import record
from loyalty.accounts.commands import open_accounts
from loyalty.benefits.events import BenefitFulfilled, BenefitRefused
from loyalty.benefits.models import Asked, Benefit, Verdict, judge
from loyalty.benefits.queries import point_value
from loyalty.fulfilments.commands import request_fulfilments
from loyalty.fulfilments.models import FulfilmentKind, FulfilmentSource, NewFulfilment
from loyalty.points.commands import post
from loyalty.points.models import NewPosting


@dataclass(frozen=True, slots=True)
class Grant:
    """What a campaign promised a customer by a task."""

    task_id: UUID
    campaign_id: UUID
    customer_id: UUID
    asked: Asked
    granted_at: datetime


async def fulfil(session: AsyncSession, grants: Iterable[Grant]) -> None:
    """Give what each task granted, or say why not; a task that was answered stays answered."""
    value = await point_value(session)
    judged: dict[UUID, tuple[Benefit, Verdict]] = {}
    for grant in sorted(grants, key=lambda each: each.task_id):
        verdict = judge(grant.asked, value)
        judged.setdefault(grant.task_id, (benefit_of(grant, verdict), verdict))
    claim = insert(Benefit).values([benefit.model_dump() for benefit, _ in judged.values()])
    fresh = await session.scalars(claim.on_conflict_do_nothing().returning(col(Benefit.task_id)))
    answered = [judged[task] for task in sorted(fresh)]
    await _give_points(session, [benefit for benefit, _ in answered if benefit.points])
    await _pay_out(session, [each for each in answered if each[1].payout_minor])
    for benefit, _ in answered:
        _announce(session, benefit)


def benefit_of(grant: Grant, verdict: Verdict) -> Benefit:
    """The record of a verdict."""
    return Benefit(
        task_id=grant.task_id,
        campaign_id=grant.campaign_id,
        customer_id=grant.customer_id,
        kind=grant.asked.kind,
        outcome="refused" if verdict.refused else "fulfilled",
        reason=verdict.refused,
        points=verdict.points,
        cost_minor=verdict.cost_minor,
        currency=verdict.currency,
        granted_at=grant.granted_at,
    )


async def _give_points(session: AsyncSession, benefits: Sequence[Benefit]) -> None:
    accounts = await open_accounts(session, (each.customer_id for each in benefits))
    await post(
        session,
        [
            NewPosting(
                account_id=accounts[each.customer_id],
                key=f"benefit:{each.task_id}",
                kind="grant",
                points=each.points,
                reason="benefit",
                source_kind="task",
                source_id=str(each.task_id),
                occurred_at=each.granted_at,
            )
            for each in benefits
        ],
    )


async def _pay_out(session: AsyncSession, answered: Sequence[tuple[Benefit, Verdict]]) -> None:
    await request_fulfilments(
        session,
        [
            NewFulfilment(
                customer_id=benefit.customer_id,
                kind=FulfilmentKind.CASH_BACK,
                title="Cash-back",
                amount_minor=verdict.payout_minor,
                currency=verdict.currency,
                source_kind=FulfilmentSource.BENEFIT,
                source_id=benefit.task_id,
            )
            for benefit, verdict in answered
        ],
    )


def _announce(session: AsyncSession, benefit: Benefit) -> None:
    event = BenefitFulfilled if benefit.outcome == "fulfilled" else BenefitRefused
    record(
        session,
        event(
            task_id=benefit.task_id,
            campaign_id=benefit.campaign_id,
            customer_id=benefit.customer_id,
            kind=benefit.kind,
            points=benefit.points,
            cost_minor=benefit.cost_minor,
            currency=benefit.currency,
            reason=benefit.reason,
        ),
    )
