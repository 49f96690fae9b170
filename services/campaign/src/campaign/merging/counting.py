"""Customers who became one count once where they counted twice."""

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.evaluation.commands import Place, converted
from campaign.evaluation.models import Conversion
from campaign.figures.commands import Movement, count
from campaign.figures.models import Measure
from campaign.tasks.models import Enrolment

Counted = Counter[tuple[Measure, Place]]


async def counted(session: AsyncSession, customers: Collection[UUID]) -> Counted:
    """Where these customers count as enrolled, and as having converted."""
    found: Counted = Counter()
    for each in await session.scalars(
        select(Enrolment).where(col(Enrolment.customer_id).in_(customers))
    ):
        place = (each.campaign_id, each.offer_id, each.unit, each.arm, each.enrolled_at.date())
        found[Measure.ENROLLED, place] += 1
    conversions: dict[UUID, list[Conversion]] = {}
    for one in await session.scalars(
        select(Conversion)
        .where(col(Conversion.customer_id).in_(customers))
        .execution_options(populate_existing=True)
    ):
        conversions.setdefault(one.customer_id, []).append(one)
    for of_one in conversions.values():
        for place in converted(of_one).values():
            found[Measure.CUSTOMERS_CONVERTED, place] += 1
    return found


async def count_difference(
    session: AsyncSession, before: Counted, customers: Collection[UUID]
) -> None:
    """Bring the figures to how often these customers count now."""
    after = await counted(session, customers)
    changes = {key: after[key] - before[key] for key in {*before, *after}}
    await count(
        session,
        [
            Movement(campaign, offer, "", unit, arm, day, measure, amount)
            for (measure, (campaign, offer, unit, arm, day)), amount in changes.items()
            if amount
        ],
    )
