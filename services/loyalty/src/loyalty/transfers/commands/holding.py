"""Locking what is to be given until somebody has looked at it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from kit.database import AsyncSession
from kit.models import utcnow
from loyalty.points.commands.posting import post_one
from loyalty.points.commands.spending import by_hand
from loyalty.transfers.models import HeldTransfer

LOCKED_FOR: Final = timedelta(days=3_650)


async def lock_for_review(
    session: AsyncSession, key: str, content: dict[str, Any], asked_by: str | None
) -> HeldTransfer:
    """Lock the giver's points. Whoever releases the reservation withdraws the transfer."""
    locking = by_hand(
        "lock",
        content["giver_id"],
        -content["points"],
        content["reason"],
        key,
        currency=content["currency"],
        asked_by=asked_by,
    )
    locked = await post_one(
        session,
        replace(
            locking,
            key=f"lock:transfer:{key}",
            source_kind="transfer",
            expires_at=utcnow() + LOCKED_FOR,
        ),
    )
    held = HeldTransfer(key=key, reservation_id=locked.posting_id, **content)
    session.add(held)
    await session.flush()
    return held
