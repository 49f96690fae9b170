"""Looking work up: what is in an inbox, and who may see it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select

from channel.channels.queries import worked_by
from channel.consents.queries import refused
from channel.work.models import Work, WorkState
from kit.database import AsyncSession
from kit.identity import Caller
from kit.models import utcnow
from kit.paging import Page, page
from kit.units import below


def seen_by(caller: Caller, partner_code: str | None) -> ColumnElement[bool]:
    """Work on the caller's channels, and for our people also what is for their unit."""
    on_their_channels = worked_by(Work.channel_code, caller, partner_code)
    if partner_code is not None:
        return on_their_channels
    return or_(on_their_channels, below(col(Work.unit), caller.unit or ""))


def is_in(state: WorkState, now: datetime) -> ColumnElement[bool]:
    """Work in a state; a lease that ran out leaves it open."""
    claimed = col(Work.state) == WorkState.CLAIMED
    if state == WorkState.OPEN:
        return or_(col(Work.state) == WorkState.OPEN, and_(claimed, col(Work.lease_until) <= now))
    if state == WorkState.CLAIMED:
        return and_(claimed, col(Work.lease_until) > now)
    return col(Work.state) == state


async def inbox(
    session: AsyncSession,
    seen: ColumnElement[bool],
    *,
    channel_code: str | None,
    state: WorkState,
    first: int,
    after: str | None,
) -> Page[Work]:
    """What waits, the nearest deadline first; what the customer refuses waits for nobody."""
    statement = select(Work).where(
        seen, is_in(state, utcnow()), col(Work.dispatched_at).is_not(None)
    )
    if state == WorkState.OPEN:
        statement = statement.where(~refused(col(Work.customer_id), col(Work.channel_code)))
    if channel_code is not None:
        statement = statement.where(Work.channel_code == channel_code)
    by = [col(Work.deadline), col(Work.id)]
    return await page(session, statement, by, first=first, after=after, newest_first=False)


async def work_by_id(
    session: AsyncSession, task_ids: Collection[UUID], seen: ColumnElement[bool] | None = None
) -> dict[UUID, Work]:
    statement = select(Work).where(col(Work.id).in_(task_ids), col(Work.dispatched_at).is_not(None))
    if seen is not None:
        statement = statement.where(seen)
    return {work.id: work for work in await session.exec(statement)}
