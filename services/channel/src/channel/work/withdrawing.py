"""Taking work out of inboxes when its customer no longer wants to be reached."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, or_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import col, select
from structlog import get_logger

from channel.consents.queries import refused
from channel.work.commands import step, tell
from channel.work.events import TaskStatus
from channel.work.models import Work, WorkState
from kit.database import AsyncSession

REASON = "the customer does not want to be reached this way"
log = get_logger(__name__)


def unwanted() -> ColumnElement[bool]:
    """The condition that the customer of some work refuses its channel, as of this moment."""
    return refused(col(Work.customer_id), col(Work.channel_code))


async def withdraw_unwanted(session: AsyncSession, customers: Iterable[UUID]) -> set[UUID]:
    """Close what these customers refuse, unless they are being talked to; the tasks closed."""
    if not (wanted := sorted(set(customers))):
        return set()
    untouched = and_(col(Work.state) == WorkState.CLAIMED, col(Work.status) == TaskStatus.DELIVERED)
    meant = (
        select(Work.id)
        .where(
            col(Work.customer_id).in_(wanted),
            or_(col(Work.state) == WorkState.OPEN, untouched),
            unwanted(),
        )
        .order_by(col(Work.id))
        .with_for_update(of=Work)
    )
    ids = (await session.exec(meant)).all()
    if not ids:
        return set()
    entry = step("withdrawn", None, REASON)
    closed = await session.scalars(
        update(Work)
        .where(col(Work.id).in_(ids))
        .values(
            state=WorkState.CLOSED,
            status=TaskStatus.WITHDRAWN,
            lease_until=None,
            history=col(Work.history).op("||")(literal([entry], JSONB)),
        )
        .returning(Work)
        .execution_options(synchronize_session=False)
    )
    for work in closed:
        tell(session, work, TaskStatus.WITHDRAWN, by=None, reason=REASON)
    log.info("work_withdrawn", tasks=len(ids))
    return set(ids)
