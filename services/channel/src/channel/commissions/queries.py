"""Looking plans and commission up."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, select

from channel.commissions.models import CommissionLine, CommissionPlan, EarningOrder
from kit.database import AsyncSession
from kit.paging import Page, page
from kit.units import below


async def plans_for(
    session: AsyncSession, orders: Collection[EarningOrder]
) -> Sequence[CommissionPlan]:
    """Every plan that may cover one of the orders."""
    plan = CommissionPlan
    statement = select(plan).where(
        or_(
            col(plan.partner_code).is_(None),
            col(plan.partner_code).in_({each.partner_code for each in orders}),
        ),
        or_(col(plan.tier).is_(None), col(plan.tier).in_({each.tier for each in orders})),
        col(plan.currency).in_({each.currency for each in orders}),
    )
    return (await session.exec(statement)).all()


async def plans_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, CommissionPlan]:
    statement = select(CommissionPlan).where(col(CommissionPlan.id).in_(ids))
    return {plan.id: plan for plan in await session.exec(statement)}


async def plans(
    session: AsyncSession, *, seen_from: str, first: int, after: str | None
) -> Page[CommissionPlan]:
    statement = select(CommissionPlan).where(below(col(CommissionPlan.unit), seen_from))
    return await page(
        session, statement, [CommissionPlan.code], first=first, after=after, newest_first=False
    )


async def totals_of_partner(
    session: AsyncSession, partner_code: str, month: str
) -> list[tuple[str, int]]:
    """What the partner earned in the month, by currency."""
    line = CommissionLine
    statement = (
        select(line.currency, func.sum(line.amount_minor))
        .where(line.partner_code == partner_code, line.month == month)
        .group_by(line.currency)
        .order_by(line.currency)
    )
    return [(currency, int(total)) for currency, total in await session.exec(statement)]


async def lines_of_partner(
    session: AsyncSession, partner_code: str, month: str, *, first: int, after: str | None
) -> Page[CommissionLine]:
    line = CommissionLine
    statement = select(line).where(line.partner_code == partner_code, line.month == month)
    return await page(session, statement, [line.id], first=first, after=after)


async def totals_of_campaigns(
    session: AsyncSession, campaign_ids: Collection[UUID], *, seen_from: str
) -> dict[UUID, list[tuple[str, int]]]:
    """What partners in a unit earned by each campaign, by currency."""
    line = CommissionLine
    statement = (
        select(line.campaign_id, line.currency, func.sum(line.amount_minor))
        .where(col(line.campaign_id).in_(campaign_ids), below(col(line.unit), seen_from))
        .group_by(col(line.campaign_id), line.currency)
        .order_by(line.currency)
    )
    found: dict[UUID, list[tuple[str, int]]] = {}
    for campaign_id, currency, total in await session.exec(statement):
        if campaign_id is not None:
            found.setdefault(campaign_id, []).append((currency, int(total)))
    return found


async def lines_of_orders(
    session: AsyncSession, order_ids: Collection[UUID]
) -> dict[UUID, list[CommissionLine]]:
    statement = (
        select(CommissionLine)
        .where(col(CommissionLine.order_id).in_(order_ids))
        .order_by(col(CommissionLine.id))
    )
    found: dict[UUID, list[CommissionLine]] = {}
    for line in await session.exec(statement):
        found.setdefault(line.order_id, []).append(line)
    return found
