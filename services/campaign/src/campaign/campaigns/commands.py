"""Everything that changes a campaign."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.budget.commands import allocate
from campaign.budget.models import CampaignBudget
from campaign.campaigns import queries
from campaign.campaigns.errors import AlreadyApproved, OwnCampaign, StepNotPossible
from campaign.campaigns.events import CampaignAdvanced
from campaign.campaigns.lifecycle import (
    DECIDING,
    PLANNABLE,
    ApprovalKind,
    State,
    may_follow,
    needed_approvals,
)
from campaign.campaigns.models import Campaign, CampaignApproval, CampaignOffer, CampaignStep
from campaign.campaigns.planning import Plan
from campaign.catalogue.commands import freeze_offers
from campaign.catalogue.queries import all_offers_by_code
from campaign.entity import table_of
from campaign.facts.commands import renew_plans
from campaign.settings import settings
from kit.errors import Conflict, InvalidInput
from kit.events import record
from kit.models import utcnow

PLATFORM = "platform"


async def plan_campaign(session: AsyncSession, plan: Plan, by: str) -> Campaign:
    """Plan a campaign, or plan the one of this code anew while nobody has it for approval."""
    wanted = plan.campaign
    wanted.planned_by = by
    offers = await all_offers_by_code(session, plan.offer_codes, wanted.unit)
    if foreign := {offer.currency for offer in offers} - {plan.currency}:
        raise InvalidInput("budget.currency", f"differs from the offers', {foreign.pop()}")
    created = await session.execute(
        insert(table_of(Campaign)).values(wanted.model_dump()).on_conflict_do_nothing()
    )
    stored = (
        await session.scalars(
            select(Campaign).where(Campaign.code == wanted.code).with_for_update()
        )
    ).one()
    if not created.rowcount:  # type: ignore[attr-defined]
        _replan(stored, wanted)
        session.add(stored)
        await session.execute(
            delete(CampaignOffer).where(col(CampaignOffer.campaign_id) == stored.id)
        )
    session.add_all(
        CampaignOffer(campaign_id=stored.id, offer_id=offer.id, position=position, weight=weight)
        for position, (offer, weight) in enumerate(zip(offers, plan.weights, strict=True))
    )
    await allocate(session, stored.id, plan.budget_minor, plan.currency)
    return stored


def _replan(stored: Campaign, wanted: Campaign) -> None:
    if stored.unit != wanted.unit:
        raise Conflict(f"The code {wanted.code} is taken by another unit; choose another code.")
    if stored.state not in PLANNABLE:
        raise StepNotPossible(stored.state, State.DRAFT)
    for name, value in wanted.model_dump(exclude=KEPT).items():
        setattr(stored, name, value)


KEPT = {
    "id",
    "created_at",
    "code",
    "unit",
    "state",
    "submitted_by",
    "round",
    "lesson",
    "batch_reached",
    "batch_ended",
}


async def submit_campaign(session: AsyncSession, id: UUID, unit: str, by: str) -> Campaign:
    """Ask for approval; from now on plan and offers stand."""
    campaign = await queries.campaign_for_update(session, id, unit)
    await advance(session, campaign, State.SUBMITTED, by, "")
    campaign.submitted_by = by
    campaign.round += 1
    offers = (await queries.offers_of(session, [id]))[id]
    await freeze_offers(session, [offer.id for offer in offers])
    return campaign


async def approve_campaign(
    session: AsyncSession, id: UUID, unit: str, kind: ApprovalKind, by: str, comment: str
) -> Campaign:
    """Give one kind of approval; with the last one needed the campaign is approved."""
    campaign = await queries.campaign_for_update(session, id, unit)
    if campaign.state != State.SUBMITTED:
        raise StepNotPossible(campaign.state, State.APPROVED)
    if by == campaign.submitted_by:
        raise OwnCampaign(by)
    given = (await queries.approvals_of(session, [id])).get(id, [])
    of_this_round = {each.kind: each for each in given if each.round == campaign.round}
    if kind in of_this_round:
        raise AlreadyApproved(kind, of_this_round[kind].by)
    session.add(
        CampaignApproval(campaign_id=id, round=campaign.round, kind=kind, by=by, comment=comment)
    )
    budget = await session.get_one(CampaignBudget, id)
    needed = needed_approvals(budget.amount_minor, settings().finance_approval_from_minor)
    if needed <= {*of_this_round, kind}:
        await advance(session, campaign, State.APPROVED, by, comment)
    return campaign


async def send_back_campaign(
    session: AsyncSession, id: UUID, unit: str, by: str, reason: str
) -> Campaign:
    campaign = await queries.campaign_for_update(session, id, unit)
    await advance(session, campaign, State.SENT_BACK, by, reason)
    return campaign


async def start_campaign(
    session: AsyncSession, id: UUID, unit: str, by: str, pilot_units: Sequence[str]
) -> Campaign:
    """Run, in the pilot's units first if there are any; before its time, wait for it."""
    campaign = await queries.campaign_for_update(session, id, unit)
    early = campaign.starts_at is not None and campaign.starts_at > utcnow()
    if campaign.state == State.PAUSED:
        raise StepNotPossible(campaign.state, State.RUNNING)
    if early and campaign.state == State.APPROVED:
        wanted = State.SCHEDULED
    else:
        wanted = State.PILOTING if pilot_units else State.RUNNING
    await advance(session, campaign, wanted, by, "")
    campaign.pilot_units = sorted(set(pilot_units))
    return campaign


async def pause_campaign(
    session: AsyncSession, id: UUID, unit: str, by: str, reason: str
) -> Campaign:
    campaign = await queries.campaign_for_update(session, id, unit)
    await advance(session, campaign, State.PAUSED, by, reason)
    return campaign


async def resume_campaign(
    session: AsyncSession, id: UUID, unit: str, by: str, reason: str
) -> Campaign:
    """Go on as before the pause."""
    campaign = await queries.campaign_for_update(session, id, unit)
    if campaign.state != State.PAUSED:
        raise StepNotPossible(campaign.state, State.RUNNING)
    wanted = State.PILOTING if campaign.pilot_units else State.RUNNING
    await advance(session, campaign, wanted, by, reason)
    return campaign


async def complete_campaign(
    session: AsyncSession, id: UUID, unit: str, by: str, reason: str
) -> Campaign:
    campaign = await queries.campaign_for_update(session, id, unit)
    await advance(session, campaign, State.COMPLETED, by, reason)
    return campaign


async def evaluate_campaign(
    session: AsyncSession, id: UUID, unit: str, by: str, lesson: str
) -> Campaign:
    """Close with a lesson for the next planner."""
    campaign = await queries.campaign_for_update(session, id, unit)
    await advance(session, campaign, State.EVALUATED, by, lesson)
    campaign.lesson = lesson
    return campaign


async def advance(
    session: AsyncSession, campaign: Campaign, wanted: State, by: str, reason: str
) -> None:
    """Take a locked campaign to its next state, and tell; StepNotPossible if it is not next."""
    before = campaign.state
    if not may_follow(before, wanted):
        raise StepNotPossible(before, wanted)
    campaign.state = wanted
    session.add(campaign)
    session.add(
        CampaignStep(
            campaign_id=campaign.id, from_state=before, to_state=wanted, by=by, reason=reason
        )
    )
    record(
        session,
        CampaignAdvanced(
            campaign_id=campaign.id,
            code=campaign.code,
            name=campaign.name,
            unit=campaign.unit,
            from_state=before,
            to_state=wanted,
            by=by,
            reason=reason,
        ),
    )
    if DECIDING & {State(before), wanted}:
        await renew_plans(session)


async def keep_to_the_calendar(session: AsyncSession) -> None:
    """Start what was scheduled for now, and complete what is past its end."""
    now = utcnow()
    due = select(Campaign).with_for_update(skip_locked=True).limit(100)
    starting = due.where(Campaign.state == State.SCHEDULED, col(Campaign.starts_at) <= now)
    for campaign in (await session.scalars(starting)).all():
        wanted = State.PILOTING if campaign.pilot_units else State.RUNNING
        await advance(session, campaign, wanted, PLATFORM, "The time has come.")
    running = (*DECIDING, State.PAUSED, State.SCHEDULED)
    ending = due.where(col(Campaign.state).in_(running), col(Campaign.ends_at) <= now)
    for campaign in (await session.scalars(ending)).all():
        await advance(session, campaign, State.COMPLETED, PLATFORM, "The time is over.")
