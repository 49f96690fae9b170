"""How budgets are looked up."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.budget.models import Allotment

MOST_SHOWN = 100
BUDGETS = text(
    """
    SELECT budget.id, budget.currency, budget.amount_minor, budget.reserve_minor,
        budget.committed_minor + coalesce(moved.committed, 0) AS committed_minor,
        budget.spent_minor + coalesce(moved.spent, 0) AS spent_minor,
        budget.overrun_minor + coalesce(moved.overrun, 0) AS overrun_minor,
        budget.warned_at IS NOT NULL AS warned
    FROM campaign_budget AS budget LEFT JOIN (
        SELECT campaign_id, sum(committed_minor)::bigint AS committed,
            sum(spent_minor)::bigint AS spent, sum(overrun_minor)::bigint AS overrun
        FROM budget_movement WHERE campaign_id = ANY(:campaigns) GROUP BY campaign_id
    ) AS moved ON moved.campaign_id = budget.id
    WHERE budget.id = ANY(:campaigns)
    """
)


@dataclass(frozen=True, slots=True)
class BudgetNow:
    """A budget with what is not yet folded into it."""

    id: UUID
    currency: str
    amount_minor: int
    reserve_minor: int
    committed_minor: int
    spent_minor: int
    overrun_minor: int
    warned: bool

    @property
    def available_minor(self) -> int:
        """What tasks may still promise."""
        return self.amount_minor - self.reserve_minor - self.committed_minor - self.spent_minor


async def budgets_now(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, BudgetNow]:
    rows = await session.execute(BUDGETS, {"campaigns": list(ids)})
    return {row.id: BudgetNow(*row) for row in rows}


async def allotments_of(
    session: AsyncSession, campaign_ids: Sequence[UUID]
) -> dict[UUID, list[Allotment]]:
    """Each campaign's newest, so many at most."""
    place = func.row_number().over(
        partition_by=col(Allotment.campaign_id), order_by=col(Allotment.id).desc()
    )
    placed = select(col(Allotment.id), place.label("place")).where(
        col(Allotment.campaign_id).in_(campaign_ids)
    )
    shown = placed.subquery()
    rows = await session.scalars(
        select(Allotment)
        .join(shown, shown.c.id == col(Allotment.id))
        .where(shown.c.place <= MOST_SHOWN)
        .order_by(col(Allotment.id).desc())
    )
    found: dict[UUID, list[Allotment]] = {each: [] for each in campaign_ids}
    for row in rows:
        found[row.campaign_id].append(row)
    return found
