"""Reserving for a redemption: lock first, then confirm or release, or let the time run out."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from kit.database import AsyncSession
from kit.errors import InvalidInput
from kit.models import utcnow
from loyalty.currencies.models import POINTS
from loyalty.points.commands.posting import post, post_one
from loyalty.points.commands.spending import by_hand, require_amount
from loyalty.points.models import NewPosting, Posted
from loyalty.reservations.queries import Held, reservation, reservations_to_end

LONGEST_SECONDS = 7 * 24 * 3600
AT_ONCE = 1_000


async def reserve_points(
    session: AsyncSession,
    account_id: UUID,
    points: int,
    reason: str,
    key: str,
    *,
    seconds: int,
    currency: str = POINTS,
) -> Posted:
    """Lock points for a redemption; the reservation's id is the posting's.

    What is neither confirmed nor released within `seconds` comes back by itself. Raises
    InvalidInput, NotFound, NotEnoughPoints, and IdempotencyKeyReused for other content.
    """
    require_amount(points)
    if not 0 < seconds <= LONGEST_SECONDS:
        raise InvalidInput("seconds", f"are between 1 and {LONGEST_SECONDS}")
    locking = by_hand("lock", account_id, -points, reason, key, currency=currency)
    until = utcnow() + timedelta(seconds=seconds)
    return await post_one(session, replace(locking, expires_at=until))


async def confirm_reservation(session: AsyncSession, reservation_id: UUID) -> Posted:
    """Spend what is locked; a repeat gets the first answer.

    Raises NotFound, and Conflict when it was released or its time has run out.
    """
    held = await reservation(session, reservation_id)
    return await post_one(session, _settling("confirm", held))


async def release_reservation(session: AsyncSession, reservation_id: UUID) -> Posted:
    """Give back what is locked; a repeat gets the first answer.

    Raises NotFound, and Conflict when it was confirmed.
    """
    held = await reservation(session, reservation_id)
    return await post_one(session, _settling("release", held))


async def end_reservations(session: AsyncSession, now: datetime | None = None) -> int:
    """Give back what was neither confirmed nor released in time; how many, so many at once."""
    due = await reservations_to_end(session, now or utcnow(), AT_ONCE)
    await post(session, [_settling("release", held) for held in due])
    return len(due)


def _settling(kind: str, held: Held) -> NewPosting:
    reserved, locking = held
    return NewPosting(
        account_id=reserved.account_id,
        key=f"{kind}:{reserved.id}",
        kind=kind,
        points=-locking.points if kind == "release" else locking.points,
        reason=locking.reason,
        source_kind="reservation",
        source_id=str(reserved.id),
        currency=locking.currency,
        settles=reserved.id,
    )
