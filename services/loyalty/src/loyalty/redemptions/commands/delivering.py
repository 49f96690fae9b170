"""Having what was redeemed delivered, and keeping that it was."""

from collections.abc import Iterable
from typing import Final

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.redemptions.commands.telling import tell
from loyalty.redemptions.events import RedemptionFulfilled
from loyalty.redemptions.models import SOURCE, Redemption, RedemptionState
from loyalty.rewards.commands.delivering import Delivery, deliver

DELIVERED: Final = (
    "customer_id",
    "kind",
    "reward_code",
    "title",
    "quantity",
    "money",
    "value_minor",
    "partner_code",
    "voucher_type",
)


async def deliver_redemption(session: AsyncSession, redemption: Redemption) -> str | None:
    """Ask the arms for it, or issue the voucher; why that can't be, if so."""
    wanted = Delivery(
        source_kind=SOURCE,
        source_id=redemption.id,
        **{name: getattr(redemption, name) for name in DELIVERED},
    )
    delivered = (await deliver(session, [wanted]))[redemption.id]
    redemption.voucher_id = delivered.voucher_id
    return delivered.refused


def fulfil_vouchers(session: AsyncSession, redemptions: Iterable[Redemption]) -> None:
    """Members have their voucher as soon as it is issued."""
    fulfil(session, (each for each in redemptions if each.voucher_id is not None))


def fulfil(session: AsyncSession, redemptions: Iterable[Redemption]) -> None:
    """Keep and tell that members have what they redeemed."""
    for each in redemptions:
        each.state, each.ended_at = RedemptionState.FULFILLED, utcnow()
        session.add(each)
        tell(session, RedemptionFulfilled, each)
