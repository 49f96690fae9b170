"""Giving benefits: one answer per task, whatever is heard how often."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from kit.database import AsyncSession
from loyalty.accounts.commands import hold_accounts, open_accounts
from loyalty.benefits.asking import Ask, Given, Quote
from loyalty.benefits.commands.holding import hold_tasks
from loyalty.benefits.commands.referring import match_referrals
from loyalty.benefits.commands.telling import announce
from loyalty.benefits.kinds import KINDS
from loyalty.benefits.models import FULFILLED, REFUSED, WAITING, Benefit
from loyalty.benefits.queries import benefits_for_update, tasks_without_orders
from loyalty.referrals.queries import programme_in_force

ORDER_CANCELLED = "the order was cancelled"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a campaign promised a customer by a task, and what that may cost at most.

    Campaigns once did not say the latter: without a limit it is None.
    """

    campaign_id: UUID
    ask: Ask
    committed_minor: int | None


async def fulfil(session: AsyncSession, grants: Iterable[Grant]) -> None:
    """Give what each task granted, or say why not; a task that was answered stays answered."""
    by_task = {each.ask.id: each for each in reversed(list(grants))}
    customers = {each.ask.customer_id for each in by_task.values()}
    await open_accounts(session, customers)
    await hold_accounts(session, customers)
    await hold_tasks(session, by_task)
    fresh = await _claim(session, by_task)
    given = await _give(session, [by_task[task] for task in fresh])
    benefits = await benefits_for_update(session, fresh)
    for benefit in benefits:
        await _keep(session, benefit, given[benefit.task_id])
    await session.flush()
    waiting = sorted(each.customer_id for each in benefits if each.outcome == WAITING)
    for customer in dict.fromkeys(waiting):
        await match_referrals(session, customer)


async def _claim(session: AsyncSession, by_task: Mapping[UUID, Grant]) -> list[UUID]:
    """Those of the tasks that nobody has answered yet; from now on they are answered here."""
    rows = [_claimed(by_task[task]).model_dump() for task in sorted(by_task)]
    claim = insert(Benefit).values(rows).on_conflict_do_nothing()
    return sorted(await session.scalars(claim.returning(col(Benefit.task_id))))


def _claimed(grant: Grant) -> Benefit:
    ask = grant.ask
    return Benefit(
        task_id=ask.id,
        campaign_id=grant.campaign_id,
        customer_id=ask.customer_id,
        kind=ask.kind,
        reference=ask.reference,
        asked_points=ask.points,
        asked_minor=ask.amount_minor,
        committed_minor=grant.committed_minor,
        outcome=WAITING,
        reason="",
        points=0,
        cost_minor=0,
        currency=ask.currency,
        granted_at=ask.at,
    )


async def _give(session: AsyncSession, grants: Sequence[Grant]) -> dict[UUID, Given]:
    lost = await tasks_without_orders(session, [each.ask.id for each in grants])
    given = {task: Given(refused=ORDER_CANCELLED) for task in lost}
    given |= {
        each.ask.id: Given(refused=f"{each.ask.kind!r:.60} is no kind of benefit")
        for each in grants
        if each.ask.kind not in KINDS and each.ask.id not in lost
    }
    for name in KINDS:
        some = [each for each in grants if each.ask.kind == name and each.ask.id not in given]
        if some:
            given |= await _give_kind(session, name, some)
    return given


async def _give_kind(
    session: AsyncSession, name: str, grants: Sequence[Grant]
) -> dict[UUID, Given]:
    quotes = await KINDS[name].quote(session, [each.ask for each in grants])
    given = {each.ask.id: Given(refused=_refused(each, quotes[each.ask.id])) for each in grants}
    payable = [each.ask for each in grants if not given[each.ask.id].refused]
    if payable:
        given |= await KINDS[name].give(session, payable, quotes)
    return given


def _refused(grant: Grant, quote: Quote) -> str:
    """Why it is not given, by its price or before: never more than the campaign has committed."""
    if quote.refused or not quote.cost_minor:
        return quote.refused
    pays = grant.ask.currency or quote.currency
    if quote.currency != pays:
        return f"it costs {quote.currency}, and the campaign pays {pays:.3}"
    if grant.committed_minor is not None and quote.cost_minor > grant.committed_minor:
        return (
            f"it costs {quote.cost_minor} minor units of {quote.currency}, "
            f"and {grant.committed_minor} were committed"
        )
    return ""


async def _keep(session: AsyncSession, benefit: Benefit, given: Given) -> None:
    benefit.currency = given.currency or benefit.currency
    session.add(benefit)
    if given.waits:
        days = (await programme_in_force(session)).within_days
        benefit.waits_until = benefit.granted_at + timedelta(days=days)
        return
    benefit.outcome = REFUSED if given.refused else FULFILLED
    benefit.reason = given.refused or given.note
    benefit.points, benefit.cost_minor = given.points, given.cost_minor
    benefit.parts = list(given.parts)
    announce(session, benefit)
