"""Ageing: lots become usable, are announced before they end, and end."""

from datetime import datetime

from sqlalchemy import text

from kit.database import AsyncSession
from kit.events import current_trace
from kit.models import utcnow
from kit.schedules import MORE
from loyalty.points import measures
from loyalty.points.events import PointsExpired, PointsExpiring, PointsMatured

AT_ONCE = 500
"""More at once end faster, and others wait longer for the wallets that are held meanwhile."""

MATURE = text("SELECT mature_lots(:now, :most, :subject, :trace)")
EXPIRE = text("SELECT expire_lots(:now, :most, :subject, :trace)")
WARN = text("SELECT warn_of_lots(:now, :most, :subject, :trace)")


async def age_lots(session: AsyncSession, now: datetime | None = None) -> object:
    """One turn of all that time does to lots; `MORE` when another may find something."""
    aged = await mature_points(session, now) + await expire_points(session, now)
    return MORE if aged else None


async def mature_points(session: AsyncSession, now: datetime | None = None) -> int:
    """Let members spend what was pending until now; how many lots, a bounded number at once.

    Each lot once, whoever else is at work; wallets that are just being moved come the next time.
    """
    return await _age(session, MATURE, PointsMatured.subject, now)


async def expire_points(session: AsyncSession, now: datetime | None = None) -> int:
    """Take what was not spent in time, of each wallet by one posting; how many lots.

    A bounded number at once; wallets that are just being moved are left for the next time. What
    would be announced only now is announced first, unless it has ended.
    """
    warned = await _age(session, WARN, PointsExpiring.subject, now)
    return warned + await _age(session, EXPIRE, PointsExpired.subject, now)


async def _age(session: AsyncSession, act: object, subject: str, now: datetime | None) -> int:
    values = {"now": now or utcnow(), "most": AT_ONCE, "subject": subject}
    found = await session.execute(act, {**values, "trace": current_trace()})  # type: ignore[call-overload]
    lots: int = found.scalar_one()
    measures.lots_aged.labels(subject.split(".")[-2]).inc(lots)
    return lots
