"""What counts of what members do; it is heard after earning has given its points."""

from uuid import UUID

from kit.database import AsyncSession
from kit.events import Heard
from loyalty.deeds.commands import count_deeds, take_back_deeds, take_back_referrals
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


async def count_orders(session: AsyncSession, events: list[OrderPlaced]) -> None:
    """Who buys comes further."""
    await count_deeds(session, happenings_of(events))


async def uncount_cancelled_orders(session: AsyncSession, events: list[OrderCancelled]) -> None:
    """A cancelled order counts for nothing, whichever of the two is heard first."""
    await take_back_deeds(session, {each.order_id for each in events})


async def count_touchpoints(session: AsyncSession, events: list[TouchpointReported]) -> None:
    """Who takes part comes further."""
    await count_deeds(session, happenings_of(events))


async def count_conversions(session: AsyncSession, events: list[ConversionAttributed]) -> None:
    """The points of a campaign's bonus count; the order itself has been counted."""
    await count_deeds(session, happenings_of(events))


async def count_feedback(session: AsyncSession, events: list[FeedbackGiven]) -> None:
    """Who says how it was comes further."""
    await count_deeds(session, happenings_of(events))


async def count_referrals(session: AsyncSession, events: list[ReferralQualified]) -> None:
    """Who brings somebody comes further, as long as the referral counts."""
    await count_deeds(session, await standing(session, happenings_of(events)))


async def uncount_disqualified_referrals(
    session: AsyncSession, events: list[ReferralDisqualified]
) -> None:
    """The referral counts for neither side, whichever of the two news is heard first."""
    await take_back_referrals(session, {each.order_id for each in events})
