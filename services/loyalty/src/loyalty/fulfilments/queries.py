"""How fulfilments are looked up."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, tuple_
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.models import utcnow
from kit.paging import Page, page
from kit.units import below
from loyalty.accounts.models import PointsAccount
from loyalty.fulfilments.models import OVERDUE_AFTER, Fulfilment, FulfilmentKind, FulfilmentState


async def units_of(session: AsyncSession, customers: Collection[UUID]) -> dict[UUID, str]:
    """Where customers belong; who is not placed yet is left out."""
    rows = await session.exec(
        select(PointsAccount.customer_id, PointsAccount.unit).where(
            col(PointsAccount.customer_id).in_(customers), col(PointsAccount.unit).is_not(None)
        )
    )
    return {customer: unit or "" for customer, unit in rows}


async def by_source(
    session: AsyncSession, sources: Iterable[tuple[str, UUID]]
) -> dict[tuple[str, UUID], Fulfilment]:
    """What was asked for on behalf of these sources."""
    key = tuple_(col(Fulfilment.source_kind), col(Fulfilment.source_id))
    rows = await session.exec(select(Fulfilment).where(key.in_(list(sources))))
    return {(row.source_kind, row.source_id): row for row in rows}


async def fulfilments_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Fulfilment]:
    rows = await session.exec(select(Fulfilment).where(col(Fulfilment.id).in_(ids)))
    return {row.id: row for row in rows}


async def fulfilments_of(
    session: AsyncSession, customer_id: UUID, first: int, after: str | None
) -> Page[Fulfilment]:
    """Newest first."""
    mine = select(Fulfilment).where(Fulfilment.customer_id == customer_id)
    return await page(session, mine, [Fulfilment.id], first=first, after=after)


async def fulfilments_in(
    session: AsyncSession,
    state: FulfilmentState,
    *,
    older_than: datetime | None,
    seen_from: str,
    first: int,
    after: str | None,
) -> Page[Fulfilment]:
    """Those of a unit's subtree in a state, what was asked for first coming first."""
    found = (
        select(Fulfilment)
        .join(PointsAccount, col(PointsAccount.customer_id) == Fulfilment.customer_id)
        .where(Fulfilment.state == state, below(col(PointsAccount.unit), seen_from))
    )
    if older_than is not None:
        found = found.where(col(Fulfilment.requested_at) < older_than)
    by = [col(Fulfilment.requested_at), col(Fulfilment.id)]
    return await page(session, found, by, first=first, after=after, newest_first=False)


async def fulfilment_for_update(session: AsyncSession, fulfilment_id: UUID) -> Fulfilment:
    """The fulfilment, nobody else changing it meanwhile; or NotFound."""
    locked = select(Fulfilment).where(Fulfilment.id == fulfilment_id).with_for_update()
    found = (await session.exec(locked)).first()
    if found is None:
        raise NotFound("fulfilment", fulfilment_id)
    return found


async def overdue_by_kind(session: AsyncSession) -> dict[FulfilmentKind, int]:
    """How many of each kind take longer than they may."""
    now = utcnow()
    late = or_(
        *(
            (col(Fulfilment.kind) == kind) & (col(Fulfilment.requested_at) < now - span)
            for kind, span in OVERDUE_AFTER.items()
        )
    )
    counted = (
        select(Fulfilment.kind, func.count())
        .where(Fulfilment.state == FulfilmentState.REQUESTED, late)
        .group_by(col(Fulfilment.kind))
    )
    found = dict((await session.execute(counted)).all())
    return {kind: found.get(kind, 0) for kind in FulfilmentKind}
