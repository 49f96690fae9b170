"""Setting money of a campaign aside, once for each asking, and following what it is spent on."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from structlog import get_logger

from campaign.allotments.events import AllotmentMade, AllotmentRefused
from campaign.allotments.queries import allotments_for_update, campaigns_by_code
from campaign.budget.commands import Movement as MoneyMovement
from campaign.budget.commands import budgets_for_commitment, commit_money, move_money
from campaign.budget.models import Allotment, CampaignBudget
from campaign.campaigns.lifecycle import State
from campaign.campaigns.models import Campaign
from campaign.figures.commands import Movement as FigureMovement
from campaign.figures.commands import count
from campaign.figures.models import Measure
from kit.events import record
from kit.units import lies_below

PAYING: Final = frozenset({State.SCHEDULED, State.PILOTING, State.RUNNING})
NO_OFFER: Final = UUID(int=0)
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody of `opener_unit` wants money of a campaign for members of `unit`."""

    allotment_id: UUID
    campaign_code: str
    title: str
    unit: str
    opener_unit: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Settled:
    """So much more was spent of an allotment, or given back; less than nothing undoes it."""

    allotment_id: UUID
    spent_minor: int
    released_minor: int
    at: datetime


async def allot(session: AsyncSession, asked: Sequence[Asked]) -> None:
    """Commit what is asked for, or refuse it; each is answered once."""
    campaigns = await campaigns_by_code(session, (each.campaign_code for each in asked))
    most = sum(each.amount_minor for each in asked)
    ids = {each.id for each in campaigns.values()}
    budgets = await budgets_for_commitment(session, ids, most)
    answered = set(await allotments_for_update(session, (each.allotment_id for each in asked)))
    for each in asked:
        if each.allotment_id not in answered:
            await _answer(session, each, campaigns.get(each.campaign_code), budgets)
            answered.add(each.allotment_id)


async def _answer(
    session: AsyncSession,
    asked: Asked,
    campaign: Campaign | None,
    budgets: dict[UUID, CampaignBudget],
) -> None:
    reason = _refusal(asked, campaign, budgets)
    told = {
        "allotment_id": asked.allotment_id,
        "campaign_code": asked.campaign_code,
        "amount_minor": asked.amount_minor,
        "currency": asked.currency,
    }
    log.info("allotment_answered", campaign=asked.campaign_code, refused=reason or None)
    if campaign is None or reason:
        record(session, AllotmentRefused(**told, reason=reason))
        return
    await commit_money(session, budgets, {campaign.id: asked.amount_minor})
    session.add(
        Allotment(
            id=asked.allotment_id,
            campaign_id=campaign.id,
            title=asked.title,
            unit=asked.unit,
            currency=asked.currency,
            amount_minor=asked.amount_minor,
        )
    )
    await session.flush()
    record(session, AllotmentMade(**told, campaign_id=campaign.id))


def _refusal(asked: Asked, campaign: Campaign | None, budgets: dict[UUID, CampaignBudget]) -> str:
    """Why a campaign does not pay; empty if it does."""
    if campaign is None or not lies_below(campaign.unit, asked.opener_unit):
        return f"there is no campaign {asked.campaign_code!r:.66}"
    if not lies_below(asked.unit, campaign.unit):
        return f"the campaign is for members of {campaign.unit}"
    if campaign.state not in PAYING:
        return f"the campaign is {campaign.state}"
    budget = budgets.get(campaign.id)
    if budget is None:
        return "the campaign has no budget"
    if budget.currency != asked.currency:
        return f"the campaign pays {budget.currency}, not {asked.currency:.3}"
    if budget.room_minor < asked.amount_minor:
        return (
            f"it takes {asked.amount_minor} minor units of {budget.currency}, "
            f"and {budget.room_minor} of the budget are left"
        )
    return ""


async def settle_allotments(session: AsyncSession, settled: Iterable[Settled]) -> None:
    """What is spent counts as the campaign's cost, and what is given back is free again."""
    changes = list(settled)
    known = await allotments_for_update(session, (each.allotment_id for each in changes))
    committed: Counter[UUID] = Counter()
    spent: Counter[UUID] = Counter()
    figures: list[FigureMovement] = []
    for each in changes:
        allotment = known[each.allotment_id]
        allotment.spent_minor += each.spent_minor
        allotment.released_minor += each.released_minor
        session.add(allotment)
        committed[allotment.campaign_id] -= each.spent_minor + each.released_minor
        spent[allotment.campaign_id] += each.spent_minor
        figures.append(_cost(allotment, each))
    campaigns = sorted(committed)
    await move_money(session, [MoneyMovement(e, committed[e], spent[e]) for e in campaigns])
    await count(session, figures)


def _cost(allotment: Allotment, settled: Settled) -> FigureMovement:
    """It belongs to no offer, channel or arm."""
    return FigureMovement(
        campaign_id=allotment.campaign_id,
        offer_id=NO_OFFER,
        channel_code="",
        unit=allotment.unit,
        arm="",
        day=settled.at.date(),
        measure=Measure.COST,
        amount=settled.spent_minor,
    )
