"""Batch campaigns: their audience in pages, each customer once, decided like at a touchpoint."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import exists
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.campaigns.models import Campaign, CampaignKind
from campaign.decisions.commands import decide, drafts_for
from campaign.decisions.customers import known_customers
from campaign.decisions.planbook import Planbook, batch_kind, planbook
from campaign.decisions.stages import audience
from campaign.decisions.touchpoint import Touchpoint
from campaign.facts.models import CustomerFacts
from kit.models import utcnow
from kit.tables import alias
from kit.units import below

PAGE: Final = 200
PAGES_AT_ONCE: Final = 10


async def run_batches(session: AsyncSession) -> None:
    """Go on with every running batch campaign where it was, a few pages at a time."""
    book = await planbook(session)
    running = [each.row.id for each in book.campaigns if each.row.kind == CampaignKind.BATCH]
    rows = await session.scalars(
        select(Campaign)
        .where(col(Campaign.id).in_(running), col(Campaign.batch_ended).is_(False))
        .order_by(col(Campaign.id))
        .with_for_update(skip_locked=True)
    )
    for campaign in rows.all():
        for _ in range(PAGES_AT_ONCE):
            if not campaign.batch_ended:
                await _run_page(session, campaign, book)


async def _run_page(session: AsyncSession, campaign: Campaign, book: Planbook) -> None:
    page = select(CustomerFacts.id).where(
        below(CustomerFacts.unit, campaign.unit),
        ~exists().where(alias.c.old_id == CustomerFacts.id),
    )
    if campaign.batch_reached is not None:
        page = page.where(col(CustomerFacts.id) > campaign.batch_reached)
    found = await session.scalars(page.order_by(col(CustomerFacts.id)).limit(PAGE))
    ids = found.all()
    campaign.batch_ended = len(ids) < PAGE
    if ids:
        campaign.batch_reached = ids[-1]
        await decide(session, await _fitting(session, campaign, ids, book))
    session.add(campaign)


async def _fitting(
    session: AsyncSession, campaign: Campaign, ids: Sequence[UUID], book: Planbook
) -> list[Touchpoint]:
    """A turn for each customer of the audience; the others are not worth a decision each."""
    now = utcnow()
    known = await known_customers(session, ids, [], now)
    turns = [(customer, _turn(campaign, customer.id, now)) for customer in known.values()]
    return [
        turn
        for customer, turn in turns
        if any(audience(draft) is None for draft in drafts_for(customer, turn, book, now))
    ]


def _turn(campaign: Campaign, customer_id: UUID, now: datetime) -> Touchpoint:
    """Named after campaign and customer, so that there is one for each pair."""
    return Touchpoint(
        touchpoint_id=uuid5(campaign.id, str(customer_id)),
        customer_id=customer_id,
        kind=batch_kind(campaign),
        channel_code="",
        channel_kind="",
        occurred_at=now,
        received_at=now,
    )
