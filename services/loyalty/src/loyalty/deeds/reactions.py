"""What counts of what members do; it is heard after earning has given its points."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed
from loyalty.deeds.commands import count_deeds, take_back_deeds
from loyalty.earning.happenings import Happening, Line
from loyalty.earning.models import EarningEvent

TREATMENT = "treatment"


class LineOfDeed(BaseModel):
    product_code: str
    quantity: int
    amount_minor: int


class DeedOfOrdering(Heard):
    """The part of an order that counts."""

    order_id: UUID
    customer_id: Followed
    channel_code: str
    partner_code: str | None
    unit: str
    amount_minor: int
    currency: str
    lines: list[LineOfDeed]
    placed_at: datetime


class DeedUndone(Heard):
    """The part of a cancellation that counts."""

    order_id: UUID
    customer_id: Followed


class DeedAtTouchpoint(Heard):
    """The part of a touchpoint that counts."""

    touchpoint_id: UUID
    customer_id: Followed
    kind: str
    channel_code: str
    partner_code: str | None
    unit: str
    occurred_at: datetime
    properties: dict[str, str | int | float | bool]


class DeedOfConverting(Heard):
    """The part of a conversion that counts: its bonus."""

    conversion_id: UUID
    campaign_id: UUID
    arm: str
    order_id: UUID
    customer_id: Followed


class DeedOfAnswering(Heard):
    """The part of feedback that counts."""

    feedback_id: UUID
    customer_id: Followed
    unit: str
    kind: str
    score: int
    channel_code: str | None
    given_at: datetime


class DeedOfReferring(Heard):
    """The part of a qualified referral that counts."""

    customer_id: Followed
    referred_id: Followed
    order_id: UUID
    qualified_at: datetime


async def count_orders(session: AsyncSession, events: list[DeedOfOrdering]) -> None:
    """Who buys comes further."""
    await count_deeds(
        session,
        [
            Happening(
                event=EarningEvent.ORDER,
                source_id=each.order_id,
                customer_id=each.customer_id,
                occurred_at=each.placed_at,
                amount_minor=each.amount_minor,
                currency=each.currency,
                lines=[Line(**line.model_dump()) for line in each.lines],
                channel_code=each.channel_code,
                partner_code=each.partner_code,
                unit=each.unit,
            )
            for each in events
        ],
    )


async def uncount_cancelled_orders(session: AsyncSession, events: list[DeedUndone]) -> None:
    """A cancelled order counts for nothing, whichever of the two is heard first."""
    await take_back_deeds(session, {each.order_id for each in events})


async def count_touchpoints(session: AsyncSession, events: list[DeedAtTouchpoint]) -> None:
    """Who takes part comes further."""
    await count_deeds(
        session,
        [
            Happening(
                event=EarningEvent.TOUCHPOINT,
                source_id=each.touchpoint_id,
                customer_id=each.customer_id,
                occurred_at=each.occurred_at,
                touchpoint_kind=each.kind,
                channel_code=each.channel_code,
                partner_code=each.partner_code,
                unit=each.unit,
                properties=each.properties,
            )
            for each in events
        ],
    )


async def count_conversions(session: AsyncSession, events: list[DeedOfConverting]) -> None:
    """The points of a campaign's bonus count; the order itself has been counted."""
    await count_deeds(
        session,
        [
            Happening(
                event=EarningEvent.CONVERSION,
                source_id=each.conversion_id,
                customer_id=each.customer_id,
                occurred_at=each.event_time,
                order_id=each.order_id,
                campaign_id=each.campaign_id,
            )
            for each in events
            if each.arm == TREATMENT
        ],
    )


async def count_feedback(session: AsyncSession, events: list[DeedOfAnswering]) -> None:
    """Who says how it was comes further."""
    await count_deeds(
        session,
        [
            Happening(
                event=EarningEvent.FEEDBACK,
                source_id=each.feedback_id,
                customer_id=each.customer_id,
                occurred_at=each.given_at,
                channel_code=each.channel_code,
                unit=each.unit,
                properties={"kind": each.kind, "score": each.score},
            )
            for each in events
        ],
    )


async def count_referrals(session: AsyncSession, events: list[DeedOfReferring]) -> None:
    """Who brings somebody comes further, until that one's order is cancelled."""
    await count_deeds(
        session,
        [
            Happening(
                event=side,
                source_id=each.order_id,
                customer_id=customer,
                occurred_at=each.qualified_at,
                order_id=each.order_id,
            )
            for each in events
            for side, customer in (
                (EarningEvent.REFERRAL, each.customer_id),
                (EarningEvent.REFERRED, each.referred_id),
            )
        ],
    )
