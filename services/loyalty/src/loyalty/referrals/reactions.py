"""What referrals do when newcomers name a code at a touchpoint."""

from uuid import UUID

from structlog import get_logger

from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed
from loyalty.referrals.commands import name_code
from loyalty.referrals.errors import ReferralRefused

PROPERTY = "referral_code"
log = get_logger(__name__)


class CodeNamed(Heard):
    """The part of a touchpoint that may name a code."""

    touchpoint_id: UUID
    customer_id: Followed
    channel_code: str
    properties: dict[str, str | int | float | bool]


async def keep_referrals_of_touchpoints(session: AsyncSession, events: list[CodeNamed]) -> None:
    """Whoever names a code at a touchpoint was brought by whoever has it, if that may be."""
    for each in sorted(events, key=lambda each: each.event_time):
        code = each.properties.get(PROPERTY)
        if isinstance(code, str) and code.strip():
            await _keep(session, each, code)


async def _keep(session: AsyncSession, event: CodeNamed, code: str) -> None:
    try:
        await name_code(session, event.customer_id, code, event.channel_code)
    except ReferralRefused as refused:
        log.info("referral_refused", touchpoint=str(event.touchpoint_id), reason=refused.reason)
