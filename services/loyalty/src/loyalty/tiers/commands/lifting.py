"""Lifting: after a change of the ladder, members whose points deserve more rise page by page."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from structlog import get_logger

from kit.database import AsyncSession
from kit.models import utcnow
from kit.schedules import MORE
from loyalty.accounts.commands import hold_accounts
from loyalty.accounts.models import PointsAccount
from loyalty.tiers.commands.rising import RISE, tell_changes
from loyalty.tiers.models import TierLift

LIFTED_AT_ONCE = 1_000
log = get_logger(__name__)

LIFT = text(f"""
WITH counted AS (
  SELECT customer_id, sum(points)::bigint AS points FROM qualifying_points
  WHERE customer_id = ANY (:members)
    AND qualified_at > CAST(:now AS timestamptz) - interval '12 months'
  GROUP BY customer_id
)
{RISE}
""")  # noqa: S608  # nothing comes from outside


async def lift_members(session: AsyncSession, now: datetime | None = None) -> object:
    """Raise who deserves more on the next page of members; whether more are left.

    Accounts are held before their points are counted: orders that were counted by the ladder of
    before are in by then, and whoever counts later goes by the new one.
    """
    lift = await _lift_under_way(session)
    if lift is None:
        return None
    members = await _next_members(session, lift.looked_until)
    now = now or utcnow()
    if members:
        await hold_accounts(session, members)
        asked = {"members": members, "now": now}
        lift.risen += await tell_changes(session, LIFT, asked)
        lift.looked_until = members[-1]
    if len(members) < LIFTED_AT_ONCE:
        lift.ended_at = now
        log.info("members_lifted", tier=lift.code, version=lift.version, risen=lift.risen)
    session.add(lift)
    await session.flush()
    return MORE


async def _lift_under_way(session: AsyncSession) -> TierLift | None:
    """The first one, unless another worker is at it."""
    wanted = select(TierLift).where(col(TierLift.ended_at).is_(None))
    wanted = wanted.order_by(col(TierLift.begun_at), col(TierLift.code)).limit(1)
    held = wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return (await session.exec(held)).first()


async def _next_members(session: AsyncSession, after: UUID | None) -> Sequence[UUID]:
    wanted = select(PointsAccount.customer_id).order_by(col(PointsAccount.customer_id))
    if after is not None:
        wanted = wanted.where(col(PointsAccount.customer_id) > after)
    return (await session.exec(wanted.limit(LIFTED_AT_ONCE))).all()
