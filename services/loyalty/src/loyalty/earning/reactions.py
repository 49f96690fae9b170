"""What earning does when orders come and go, and when members do something."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.earning.commands import Cancellation, cancel_earnings, earn_for
from loyalty.earning.commands.disqualified import take_back_referrals
from loyalty.earning.commands.reviewed import Decision, settle_earnings
from loyalty.earning.occurrences import (
    ConversionAttributed,
    FeedbackGiven,
    OrderCancelled,
    OrderPlaced,
    ReferralQualified,
    TouchpointReported,
    happenings_of,
)
from loyalty.earning.standing import standing


class ReferralDisqualified(Heard):
    order_id: UUID


class ReviewDecided(Heard):
    """The part of a decision that earning reads."""

    act_kind: str
    key: str
    verdict: str


async def earn_points_for_orders(session: AsyncSession, events: list[OrderPlaced]) -> None:
    """Points for what was spent."""
    await earn_for(session, happenings_of(events))


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
    await earn_for(session, happenings_of(events))


async def earn_points_for_conversions(
    session: AsyncSession, events: list[ConversionAttributed]
) -> None:
    """A campaign's bonus for those who bought because of it; who was held out gets none."""
    await earn_for(session, happenings_of(events))


async def earn_points_for_feedback(session: AsyncSession, events: list[FeedbackGiven]) -> None:
    """Points for saying how it was, whatever was said."""
    await earn_for(session, happenings_of(events))


async def take_back_points_of_disqualified_referrals(
    session: AsyncSession, events: list[ReferralDisqualified]
) -> None:
    """Points of both sides, whichever of the two news is heard first."""
    await take_back_referrals(session, [each.order_id for each in events])


async def earn_points_for_referrals(session: AsyncSession, events: list[ReferralQualified]) -> None:
    """Points for both sides, which go back when the order is cancelled."""
    await earn_for(session, await standing(session, happenings_of(events)))


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
