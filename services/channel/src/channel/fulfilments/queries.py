"""Looking up what is to be handed out, and who may see it, and who may do it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select

from channel.fulfilments.models import FulfilmentWork, HandoutKind, HandoutState
from channel.identifiers.models import known_customer
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.identity import Caller
from kit.models import utcnow
from kit.paging import Page, page
from kit.units import below


def seen_by(caller: Caller, partner_code: str | None) -> ColumnElement[bool]:
    """A partner sees its own; our people what is for customers of their unit.

    Whose unit nobody knows is looked after by headquarters.
    """
    if partner_code is not None:
        return col(FulfilmentWork.partner_code) == partner_code
    unit = caller.unit or ""
    mine = below(col(FulfilmentWork.unit), unit)
    is_headquarters = bool(unit) and "." not in unit
    return or_(mine, col(FulfilmentWork.unit) == "") if is_headquarters else mine


def done_by(caller: Caller, partner_code: str | None) -> ColumnElement[bool]:
    """What the caller may hand out.

    Cash-back is paid by finance, in batches; what a partner owes is the partner's, or an operator's
    who puts it right.
    """
    seen = and_(seen_by(caller, partner_code), col(FulfilmentWork.kind) != HandoutKind.CASH_BACK)
    if partner_code is not None or "operator" in caller.roles:
        return seen
    return and_(seen, col(FulfilmentWork.partner_code).is_(None))


def does(caller: Caller, work: FulfilmentWork) -> bool:
    """The same of one that the caller sees."""
    ours = work.partner_code is None or {"partner", "operator"} & set(caller.roles)
    return bool(ours) and work.kind != HandoutKind.CASH_BACK


def is_in(state: HandoutState, now: datetime) -> ColumnElement[bool]:
    """Work in a state; a lease that ran out leaves it open."""
    claimed = col(FulfilmentWork.state) == HandoutState.CLAIMED
    lease = col(FulfilmentWork.lease_until)
    if state == HandoutState.OPEN:
        return or_(col(FulfilmentWork.state) == HandoutState.OPEN, and_(claimed, lease <= now))
    if state == HandoutState.CLAIMED:
        return and_(claimed, or_(lease.is_(None), lease > now))
    return col(FulfilmentWork.state) == state


async def fulfilment_work(
    session: AsyncSession,
    seen: ColumnElement[bool],
    *,
    state: HandoutState,
    kind: HandoutKind | None,
    first: int,
    after: str | None,
) -> Page[FulfilmentWork]:
    """What was asked for first coming first."""
    statement = select(FulfilmentWork).where(seen, is_in(state, utcnow()))
    if kind is not None:
        statement = statement.where(FulfilmentWork.kind == kind)
    by = [col(FulfilmentWork.requested_at), col(FulfilmentWork.id)]
    return await page(session, statement, by, first=first, after=after, newest_first=False)


async def work_on(
    session: AsyncSession, fulfilment_ids: Collection[UUID], seen: ColumnElement[bool]
) -> dict[UUID, FulfilmentWork]:
    statement = select(FulfilmentWork).where(col(FulfilmentWork.id).in_(fulfilment_ids), seen)
    return {work.id: work for work in await session.exec(statement)}


async def one(
    session: AsyncSession, fulfilment_id: UUID, seen: ColumnElement[bool]
) -> FulfilmentWork:
    """The fulfilment as it is now, or NotFound."""
    found = (await work_on(session, [fulfilment_id], seen)).get(fulfilment_id)
    if found is None:
        raise NotFound("fulfilment", fulfilment_id)
    return found


async def units_of(session: AsyncSession, customers: Collection[UUID]) -> dict[UUID, str]:
    """Where customers belong, of those who are known."""
    statement = select(known_customer.c.customer_id, known_customer.c.unit).where(
        known_customer.c.customer_id.in_(customers)
    )
    return {row.customer_id: row.unit for row in await session.execute(statement)}
