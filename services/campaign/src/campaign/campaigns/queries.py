"""How campaigns are looked up."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from campaign.campaigns.models import Campaign, CampaignApproval, CampaignOffer, CampaignStep
from campaign.catalogue.models import Offer
from kit.errors import NotFound
from kit.units import below


def campaigns_for(unit: str) -> Select[Any]:
    return select(Campaign).where(below(Campaign.unit, unit))


async def campaigns_by_id(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Campaign]:
    rows = await session.scalars(select(Campaign).where(col(Campaign.id).in_(ids)))
    return {row.id: row for row in rows}


async def campaign_for_update(session: AsyncSession, id: UUID, unit: str) -> Campaign:
    """The campaign, locked; NotFound for what lies outside the unit."""
    row = (
        await session.scalars(campaigns_for(unit).where(col(Campaign.id) == id).with_for_update())
    ).first()
    if row is None:
        raise NotFound("campaign", id)
    return row  # type: ignore[no-any-return]


async def steps_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[CampaignStep]]:
    rows = await session.scalars(
        select(CampaignStep)
        .where(col(CampaignStep.campaign_id).in_(ids))
        .order_by(col(CampaignStep.id))
    )
    return _grouped(rows)


async def approvals_of(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, list[CampaignApproval]]:
    rows = await session.scalars(
        select(CampaignApproval)
        .where(col(CampaignApproval.campaign_id).in_(ids))
        .order_by(col(CampaignApproval.id))
    )
    return _grouped(rows)


async def offers_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[Offer]]:
    """The offers of each campaign in its order."""
    pairs = await session.execute(
        select(CampaignOffer.campaign_id, Offer)
        .join(Offer, col(Offer.id) == col(CampaignOffer.offer_id))
        .where(col(CampaignOffer.campaign_id).in_(ids))
        .order_by(col(CampaignOffer.campaign_id), col(CampaignOffer.position))
    )
    found: dict[UUID, list[Offer]] = {}
    for campaign_id, offer in pairs:
        found.setdefault(campaign_id, []).append(offer)
    return found


def _grouped(rows: Any) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.campaign_id, []).append(row)
    return found
