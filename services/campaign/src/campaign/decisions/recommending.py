"""Recommending: a decision that is not taken, for whoever stands in front of the customer."""

from typing import Self
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from campaign.budget.queries import budgets_now
from campaign.catalogue.graph.catalogue import Offer
from campaign.decisions.arbitration import score
from campaign.decisions.customers import known_customers
from campaign.decisions.planbook import Planbook, planbook
from campaign.decisions.sampling import is_control
from campaign.decisions.stages import STAGES, Draft
from campaign.decisions.touchpoint import Touchpoint
from kit.errors import NotFound
from kit.identity import Caller
from kit.merging.mergers import current_ids
from kit.models import utcnow, uuid7

MOST = 10
ASKED = "recommendation_asked"


@strawberry.type(description="An offer the customer may get here and now.")
class Recommendation:
    campaign_code: str = strawberry.field(description="The campaign it comes from.")
    offer: Offer = strawberry.field(description="What to offer.")
    score: float = strawberry.field(description="Propensity x value x weight.")
    title: str = strawberry.field(description="The headline for this kind of channel.")
    text: str = strawberry.field(description="What to say.")

    @classmethod
    def of(cls, draft: Draft) -> Self:
        row = draft.offer.row
        content = row.contents.get(draft.touchpoint.channel_kind) or {}
        return cls(
            campaign_code=draft.campaign.row.code,
            offer=Offer.of(row),
            score=score(draft),
            title=content.get("title") or row.name,
            text=content.get("text") or row.name,
        )


async def recommendations_for(
    session: AsyncSession, customer_id: UUID, channel_code: str, caller: Caller
) -> list[Recommendation]:
    """Whatever touchpoint would set the campaigns off: the customer is here. Best first."""
    now = utcnow()
    book = await planbook(session)
    asked_for, customer_id = customer_id, await _of_today(session, customer_id)
    customer = (await known_customers(session, [customer_id], [], now)).get(customer_id)
    if customer is None or not caller.sees(customer.unit):
        raise NotFound("customer", asked_for)
    here = _here(book, customer_id, channel_code)
    drafts = [
        Draft(customer, here, campaign, offer, book, now)
        for campaign in book.campaigns
        for offer in campaign.offers
    ]
    fitting = [draft for draft in drafts if _passes(draft)]
    budgets = await budgets_now(session, [draft.campaign.row.id for draft in fitting])
    affordable = [
        draft
        for draft in fitting
        if draft.offer.row.cost_minor <= budgets[draft.campaign.row.id].available_minor
    ]
    return [
        Recommendation.of(draft) for draft in sorted(affordable, key=score, reverse=True)[:MOST]
    ]


async def _of_today(session: AsyncSession, customer_id: UUID) -> UUID:
    return (await current_ids(session, [customer_id])).get(customer_id, customer_id)


def _here(book: Planbook, customer_id: UUID, channel_code: str) -> Touchpoint:
    if channel_code not in book.channels:
        raise NotFound("channel", channel_code)
    kind, unit = book.channels[channel_code]
    now = utcnow()
    return Touchpoint(
        touchpoint_id=uuid7(),
        customer_id=customer_id,
        kind=ASKED,
        channel_code=channel_code,
        channel_kind=kind,
        unit=unit,
        occurred_at=now,
        received_at=now,
    )


def _passes(draft: Draft) -> bool:
    """All stages but the trigger; and the offer goes by this channel; and nobody is held out."""
    if any(look(draft) is not None for stage, look in STAGES if stage != "trigger"):
        return False
    campaign = draft.campaign.row
    here = any(way.code == draft.touchpoint.channel_code for way in draft.ways)
    return here and not is_control(
        campaign.code, draft.customer.sampling_key, campaign.control_share
    )
