"""Reserving for a redemption: lock first, then confirm or release, or let the time run out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from kit.database import AsyncSession
from kit.errors import Conflict, InvalidInput
from kit.models import utcnow
from loyalty.currencies.models import POINTS
from loyalty.currencies.queries import currency_by_code
from loyalty.points.commands.posting import DONE, post, post_one, refusal
from loyalty.points.commands.spending import by_hand, require_amount
from loyalty.points.models import BY_HAND, NewPosting, Posted
from loyalty.reservations.queries import (
    Held,
    reservation,
    reservations_by_id,
    reservations_to_end,
)

GIFT = "transfer"
"""What locks points that wait for a reviewer before they are given away."""
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
    asked_by: str | None = None,
) -> Posted:
    """Lock points for a redemption; the reservation's id is the posting's.

    What is neither confirmed nor released within `seconds` comes back by itself. Raises
    InvalidInput, NotFound, NotEnoughPoints, and IdempotencyKeyReused for other content.
    """
    require_amount(points)
    await currency_by_code(session, currency)
    if not 0 < seconds <= LONGEST_SECONDS:
        raise InvalidInput("seconds", f"are between 1 and {LONGEST_SECONDS}")
    locking = by_hand(
        "lock", account_id, -points, reason, key, currency=currency, asked_by=asked_by
    )
    until = utcnow() + timedelta(seconds=seconds)
    return await post_one(session, replace(locking, expires_at=until))


async def confirm_reservation(
    session: AsyncSession, reservation_id: UUID, asked_by: str | None = None
) -> Posted:
    """Spend what is locked; a repeat gets the first answer.

    Raises NotFound, and Conflict when it was released, its time has run out, or it is part of
    something larger.
    """
    held = await _of_kind(session, reservation_id, BY_HAND)
    return await post_one(session, _settling("confirm", held, asked_by))


async def release_reservation(
    session: AsyncSession, reservation_id: UUID, asked_by: str | None = None
) -> Posted:
    """Give back what is locked; a repeat gets the first answer. A gift that waits is withdrawn so.

    Raises NotFound, and Conflict when it was confirmed or is part of something larger.
    """
    held = await _of_kind(session, reservation_id, BY_HAND, GIFT)
    return await post_one(session, _settling("release", held, asked_by))


async def settle_reservations(
    session: AsyncSession, kind: str, ids: Iterable[UUID], asked_by: str | None = None
) -> dict[UUID, Posted]:
    """Confirm or release what is part of something larger, by whoever ends that; by its id.

    Raises Conflict for what was settled otherwise, or when the time to confirm has run out.
    """
    held = await reservations_by_id(session, ids)
    settling = sorted((_settling(kind, each, asked_by) for each in held), key=lambda each: each.id)
    answers = await post(session, settling)
    for asked, answer in zip(settling, answers, strict=True):
        if answer.outcome not in DONE:
            raise refusal(asked, answer)
    settled = zip(settling, answers, strict=True)
    return {asked.settles: answer for asked, answer in settled if asked.settles is not None}


async def end_reservations(session: AsyncSession, now: datetime | None = None) -> int:
    """Give back what was neither confirmed nor released in time; how many, so many at once."""
    due = await reservations_to_end(session, now or utcnow(), AT_ONCE)
    await post(session, [_settling("release", held) for held in due])
    return len(due)


async def _of_kind(session: AsyncSession, reservation_id: UUID, *kinds: str) -> Held:
    """A reservation that may be ended by itself: what locked it for more ends it as well."""
    held = await reservation(session, reservation_id)
    if held[1].source_kind not in kinds:
        raise Conflict(f"It is part of a {held[1].source_kind}: confirm or release that.")
    return held


def _settling(kind: str, held: Held, asked_by: str | None = None) -> NewPosting:
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
        asked_by=asked_by,
    )
