"""What earning does when orders come and go, and when members do something."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed
from loyalty.earning.commands import Cancellation, cancel_earnings, earn_for
from loyalty.earning.commands.disqualified import take_back_referrals
from loyalty.earning.commands.reviewed import Decision, settle_earnings
from loyalty.earning.happenings import Happening, Line
from loyalty.earning.models import EarningEvent
from loyalty.referrals.queries import still_qualifying

MOST_MINOR = 10**12
TREATMENT = "treatment"


class OrderedLine(BaseModel):
    product_code: str
    quantity: int
    amount_minor: int


class OrderPlaced(Heard):
    """The part of an order that earning reads."""

    order_id: UUID
    customer_id: Followed
    channel_code: str
    partner_code: str | None
    unit: str
    amount_minor: int = Field(ge=0, le=MOST_MINOR)
    currency: str
    lines: list[OrderedLine]
    placed_at: datetime


class OrderCancelled(Heard):
    """The part of a cancellation that earning reads."""

    order_id: UUID
    customer_id: Followed
    cancelled_at: datetime


class TouchpointReported(Heard):
    """The part of a touchpoint that earning reads."""

    touchpoint_id: UUID
    customer_id: Followed
    kind: str
    channel_code: str
    partner_code: str | None
    unit: str
    occurred_at: datetime
    properties: dict[str, str | int | float | bool]


class ConversionAttributed(Heard):
    """The part of a conversion that earning reads."""

    conversion_id: UUID
    campaign_id: UUID
    arm: str
    order_id: UUID
    customer_id: Followed
    amount_minor: int = Field(ge=0, le=MOST_MINOR)
    currency: str


class FeedbackGiven(Heard):
    """The part of feedback that earning reads."""

    feedback_id: UUID
    customer_id: Followed
    unit: str
    kind: str
    score: int
    channel_code: str | None
    given_at: datetime


class ReferralDisqualified(Heard):
    order_id: UUID


class ReferralQualified(Heard):
    """The part of a qualified referral that earning reads."""

    customer_id: UUID
    referred_id: UUID
    order_id: UUID
    qualified_at: datetime


async def earn_points_for_orders(session: AsyncSession, events: list[OrderPlaced]) -> None:
    """Points for what was spent."""
    await earn_for(
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


async def take_back_points_of_cancelled_orders(
    session: AsyncSession, events: list[OrderCancelled]
) -> None:
    """A cancelled order takes back what it gave, whichever of the two is heard first."""
    await cancel_earnings(
        session,
        [
            Cancellation(
                order_id=each.order_id,
                customer_id=each.customer_id,
                cancelled_at=each.cancelled_at,
            )
            for each in events
        ],
    )


async def earn_points_for_touchpoints(
    session: AsyncSession, events: list[TouchpointReported]
) -> None:
    """Points for taking part: whatever kind of touchpoint a rule is for."""
    await earn_for(
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


async def earn_points_for_conversions(
    session: AsyncSession, events: list[ConversionAttributed]
) -> None:
    """A campaign's bonus for those who bought because of it; who was held out gets none."""
    await earn_for(
        session,
        [
            Happening(
                event=EarningEvent.CONVERSION,
                source_id=each.conversion_id,
                customer_id=each.customer_id,
                occurred_at=each.event_time,
                amount_minor=each.amount_minor,
                currency=each.currency,
                order_id=each.order_id,
                campaign_id=each.campaign_id,
            )
            for each in events
            if each.arm == TREATMENT
        ],
    )


async def earn_points_for_feedback(session: AsyncSession, events: list[FeedbackGiven]) -> None:
    """Points for saying how it was, whatever was said."""
    await earn_for(
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


async def take_back_points_of_disqualified_referrals(
    session: AsyncSession, events: list[ReferralDisqualified]
) -> None:
    """Points of both sides, whichever of the two news is heard first."""
    await take_back_referrals(session, [each.order_id for each in events])


async def earn_points_for_referrals(session: AsyncSession, events: list[ReferralQualified]) -> None:
    """Points for both sides, which go back when the order is cancelled."""
    standing = await still_qualifying(session, [each.order_id for each in events])
    await earn_for(
        session,
        [
            Happening(
                event=side,
                source_id=each.order_id,
                customer_id=customer,
                occurred_at=each.qualified_at,
                order_id=each.order_id,
                other_id=other,
            )
            for each in events
            if each.order_id in standing
            for side, customer, other in (
                (EarningEvent.REFERRAL, each.customer_id, each.referred_id),
                (EarningEvent.REFERRED, each.referred_id, each.customer_id),
            )
        ],
    )


class ReviewDecided(Heard):
    """The part of a decision that earning reads."""

    act_kind: str
    key: str
    verdict: str


async def settle_reviewed_earnings(session: AsyncSession, events: list[ReviewDecided]) -> None:
    """What was released may be spent; what was rejected is taken back."""
    await settle_earnings(
        session,
        [
            Decision(each.key, each.verdict)
            for each in events
            if each.act_kind in ("earning", "referral")
        ],
    )
