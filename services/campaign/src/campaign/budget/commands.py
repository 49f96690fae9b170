"""Everything that changes a budget."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.budget.events import BudgetNearlyUsed
from campaign.budget.models import BudgetMovement, CampaignBudget
from campaign.entity import table_of
from campaign.settings import settings
from kit.bulk import insert_rows
from kit.events import record
from kit.models import utcnow, uuid7

FOLD = text(
    """
    WITH moved AS (
        DELETE FROM budget_movement WHERE campaign_id = ANY(:campaigns)
        RETURNING campaign_id, committed_minor, spent_minor, overrun_minor
    ), summed AS (
        SELECT campaign_id, sum(committed_minor)::bigint AS committed,
            sum(spent_minor)::bigint AS spent, sum(overrun_minor)::bigint AS overrun
        FROM moved GROUP BY campaign_id
    )
    UPDATE campaign_budget AS budget
    SET committed_minor = budget.committed_minor + summed.committed,
        spent_minor = budget.spent_minor + summed.spent,
        overrun_minor = budget.overrun_minor + summed.overrun
    FROM summed WHERE budget.id = summed.campaign_id
    """
)


@dataclass(frozen=True, slots=True)
class Movement:
    """What a task gives back of its commitment (negative), and what it spent."""

    campaign_id: UUID
    committed_minor: int
    spent_minor: int = 0
    overrun_minor: int = 0


async def allocate(
    session: AsyncSession, campaign_id: UUID, amount_minor: int, currency: str
) -> CampaignBudget:
    """Give a campaign its money, of which a share stays in reserve; before it runs, anew."""
    reserve = -(-amount_minor * settings().budget_reserve_percent // 100)
    amounts = {"amount_minor": amount_minor, "reserve_minor": reserve, "currency": currency}
    budget = CampaignBudget(id=campaign_id, **amounts)  # type: ignore[arg-type]
    await session.execute(
        postgresql.insert(table_of(CampaignBudget))
        .values(budget.model_dump())
        .on_conflict_do_update(index_elements=["id"], set_=amounts)
    )
    return budget


async def budgets_for_commitment(
    session: AsyncSession, campaign_ids: Iterable[UUID], most_minor: int
) -> dict[UUID, CampaignBudget]:
    """The budgets, locked in one order until the transaction ends.

    What tasks gave back is folded in as soon as promising `most_minor` more might need it, or might
    call for the warning.
    """
    ids = sorted(campaign_ids)
    if not ids:
        return {}
    found = await _locked(session, ids)
    if any(_runs_low(budget, most_minor) for budget in found.values()):
        await session.execute(FOLD, {"campaigns": ids})
        found = await _locked(session, ids)
    return found


async def _locked(session: AsyncSession, ids: list[UUID]) -> dict[UUID, CampaignBudget]:
    rows = await session.scalars(
        select(CampaignBudget)
        .where(col(CampaignBudget.id).in_(ids))
        .order_by(col(CampaignBudget.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _runs_low(budget: CampaignBudget, most_minor: int) -> bool:
    return _warns(budget, most_minor) or budget.room_minor < most_minor


def _warns(budget: CampaignBudget, promised_minor: int = 0) -> bool:
    used = budget.committed_minor + budget.spent_minor + promised_minor
    return used > 0 and used * 100 >= budget.usable_minor * settings().budget_warning_percent


async def commit_money(
    session: AsyncSession, budgets: Mapping[UUID, CampaignBudget], promised: Mapping[UUID, int]
) -> None:
    """Promise money of budgets that are locked; the database refuses what would overspend."""
    for campaign_id, amount in promised.items():
        budget = budgets[campaign_id]
        budget.committed_minor += amount
        if budget.warned_at is None and _warns(budget):
            budget.warned_at = utcnow()
            _announce_warning(session, budget, budget.committed_minor + budget.spent_minor)
        session.add(budget)


def _announce_warning(session: AsyncSession, budget: CampaignBudget, used: int) -> None:
    record(
        session,
        BudgetNearlyUsed(
            campaign_id=budget.id,
            used_minor=used,
            usable_minor=budget.usable_minor,
            currency=budget.currency,
        ),
    )


async def move_money(session: AsyncSession, movements: Sequence[Movement]) -> None:
    """Give back and spend, without waiting for anybody who commits."""
    now = utcnow()
    rows = [
        {
            "id": uuid7(),
            "created_at": now,
            "campaign_id": each.campaign_id,
            "committed_minor": each.committed_minor,
            "spent_minor": each.spent_minor,
            "overrun_minor": each.overrun_minor,
        }
        for each in movements
    ]
    await insert_rows(session, table_of(BudgetMovement), rows)


async def fold_budgets(session: AsyncSession) -> None:
    """Bring every budget with movements up to date."""
    waiting = await session.scalars(select(BudgetMovement.campaign_id).distinct())
    ids = sorted(waiting.all())
    if ids:
        await _locked(session, ids)
        await session.execute(FOLD, {"campaigns": ids})
