"""Looking batches up, and what they hold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy import select as choose
from sqlmodel import col, select

from channel.fulfilments.models import FulfilmentWork, HandoutKind, HandoutState
from channel.payouts.models import Payout, PayoutBatch
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.paging import Page, page
from kit.units import below


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """One line of a batch: whom to pay how much, and what is known of it."""

    fulfilment_id: UUID
    attempt: int
    customer_id: UUID
    amount_minor: int
    currency: str
    title: str
    requested_at: datetime
    state: str
    reference: str
    reason: str


async def to_pay(
    session: AsyncSession, seen: ColumnElement[bool], currency: str, most: int
) -> Sequence[FulfilmentWork]:
    """Cash-back that nobody pays yet, due first coming first; nobody else takes it meanwhile."""
    due = (
        select(FulfilmentWork)
        .where(
            seen,
            FulfilmentWork.kind == HandoutKind.CASH_BACK,
            FulfilmentWork.state == HandoutState.OPEN,
            FulfilmentWork.currency == currency,
        )
        .order_by(col(FulfilmentWork.requested_at), col(FulfilmentWork.id))
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(due)).all()


async def batches(
    session: AsyncSession, seen_from: str, first: int, after: str | None
) -> Page[PayoutBatch]:
    """Those of a unit's subtree, newest first."""
    mine = select(PayoutBatch).where(below(col(PayoutBatch.unit), seen_from))
    return await page(session, mine, [PayoutBatch.id], first=first, after=after)


async def batch_by_id(session: AsyncSession, batch_id: UUID, seen_from: str) -> PayoutBatch:
    """The batch, or NotFound."""
    mine = select(PayoutBatch).where(
        PayoutBatch.id == batch_id, below(col(PayoutBatch.unit), seen_from)
    )
    found = (await session.exec(mine)).first()
    if found is None:
        raise NotFound("payout batch", batch_id)
    return found


_SAME: Any = and_(
    col(FulfilmentWork.id) == col(Payout.fulfilment_id),
    col(FulfilmentWork.attempt) == col(Payout.attempt),
)
"""A payout's own attempt: what is tried again is no business of its batch any more."""


_LINE: list[Any] = [
    Payout.fulfilment_id,
    Payout.attempt,
    Payout.amount_minor,
    FulfilmentWork.customer_id,
    FulfilmentWork.title,
    FulfilmentWork.requested_at,
    FulfilmentWork.state,
    FulfilmentWork.reference,
    FulfilmentWork.reason,
]


async def counts_of(
    session: AsyncSession, batch_ids: Collection[UUID]
) -> dict[UUID, dict[str, int]]:
    """How many payouts of each batch are completed, failed, and claimed: without an outcome."""
    counted = (
        choose(col(Payout.batch_id), col(FulfilmentWork.state), func.count())
        .join(FulfilmentWork, _SAME)
        .where(col(Payout.batch_id).in_(batch_ids))
        .group_by(col(Payout.batch_id), col(FulfilmentWork.state))
    )
    found: dict[UUID, dict[str, int]] = {each: {} for each in batch_ids}
    for batch_id, state, many in await session.execute(counted):
        found[batch_id][state] = many
    return found


async def lines_of(session: AsyncSession, batch: PayoutBatch) -> list[PayoutLine]:
    """All of a batch, in the order of the fulfilments' ids."""
    chosen = (
        choose(*_LINE)
        .join(FulfilmentWork, _SAME)
        .where(col(Payout.batch_id) == batch.id)
        .order_by(col(Payout.fulfilment_id))
    )
    rows = (await session.execute(chosen)).mappings()
    return [PayoutLine(**row, currency=batch.currency) for row in rows]


async def payouts_to_end(
    session: AsyncSession, batch_id: UUID, fulfilment_ids: Collection[UUID]
) -> dict[UUID, FulfilmentWork]:
    """Those of the fulfilments that lie in the batch, nobody else changing them meanwhile."""
    locked = (
        select(FulfilmentWork)
        .join(Payout, _SAME)
        .where(Payout.batch_id == batch_id, col(FulfilmentWork.id).in_(fulfilment_ids))
        .order_by(col(FulfilmentWork.id))
        .with_for_update(of=FulfilmentWork)
    )
    return {work.id: work for work in await session.exec(locked)}
