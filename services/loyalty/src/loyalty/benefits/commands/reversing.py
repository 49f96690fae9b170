"""Taking benefits back, as far as they can be undone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlmodel import col, select

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.accounts.commands import hold_accounts
from loyalty.benefits.asking import Had
from loyalty.benefits.commands.holding import hold_tasks
from loyalty.benefits.commands.telling import announce
from loyalty.benefits.kinds import KINDS
from loyalty.benefits.kinds.bundle import take_back_recalled
from loyalty.benefits.models import FULFILLED, REFUSED, REVERSED, WAITING, Benefit
from loyalty.benefits.queries import benefits_for_update, tasks_without_orders


async def reverse(session: AsyncSession, tasks: Collection[UUID], reason: str) -> None:
    """Take back what these tasks gave, once; what still waits is refused.

    What can't be undone stays given, and its cost spent.
    """
    if not tasks:
        return
    owners = select(Benefit.customer_id).where(col(Benefit.task_id).in_(list(tasks)))
    await hold_accounts(session, (await session.scalars(owners)).all())
    await hold_tasks(session, tasks)
    benefits = await benefits_for_update(session, tasks)
    for benefit in benefits:
        if benefit.outcome == WAITING:
            benefit.outcome, benefit.reason = REFUSED, reason
            session.add(benefit)
            announce(session, benefit)
    fulfilled = [each for each in benefits if each.outcome == FULFILLED]
    for name in KINDS:
        await _reverse_kind(
            session, name, [each for each in fulfilled if each.kind == name], reason
        )


async def reverse_recalled_parts(
    session: AsyncSession, parts: Mapping[UUID, UUID], reason: str
) -> None:
    """Take back gifts of bundles, given with their tasks, which are held; each once."""
    lost = await tasks_without_orders(session, list(parts.values()))
    benefits = {each.task_id: each for each in await benefits_for_update(session, lost)}
    for part_id in sorted(parts):
        if benefit := benefits.get(parts[part_id]):
            back = await take_back_recalled(session, benefit, part_id)
            if back or benefit.outcome == FULFILLED:
                benefit.outcome, benefit.reason = REVERSED, reason
                benefit.reversed_at = benefit.reversed_at or utcnow()
                benefit.returned_minor += back
                session.add(benefit)
                announce(session, benefit, back)


async def _reverse_kind(
    session: AsyncSession, name: str, benefits: Sequence[Benefit], reason: str
) -> None:
    if not benefits:
        return
    back = await KINDS[name].take_back(session, list(_had(benefits)))
    for benefit in benefits:
        if benefit.task_id in back:
            benefit.outcome, benefit.reason = REVERSED, reason
            benefit.returned_minor, benefit.reversed_at = back[benefit.task_id], utcnow()
            session.add(benefit)
            announce(session, benefit)


def _had(benefits: Iterable[Benefit]) -> Iterable[Had]:
    for each in benefits:
        yield Had(each.asked(), each.cost_minor, each.parts)
