"""How reservations are looked up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.paging import checked_first
from loyalty.points.models import BY_HAND, Posting
from loyalty.reservations.models import Reservation

Held: TypeAlias = Row[Reservation, Posting]

_held = select(Reservation, Posting).join(Posting, col(Posting.id) == Reservation.id)


async def reservation(session: AsyncSession, reservation_id: UUID) -> Held:
    """A reservation with its posting, or NotFound."""
    found = (await session.execute(_held.where(Reservation.id == reservation_id))).first()
    if found is None:
        raise NotFound("reservation", reservation_id)
    return found


async def reservations_by_id(session: AsyncSession, ids: Iterable[UUID]) -> Sequence[Held]:
    return (await session.execute(_held.where(col(Reservation.id).in_(set(ids))))).all()


async def reservations_of(session: AsyncSession, account_id: UUID, first: int) -> Sequence[Held]:
    """Those that are neither confirmed nor released, what ends first coming first."""
    mine = _held.where(
        Reservation.account_id == account_id, col(Reservation.settled_by).is_(None)
    ).order_by(col(Reservation.expires_at), col(Reservation.id))
    return (await session.execute(mine.limit(checked_first(first)))).all()


async def reservations_to_end(session: AsyncSession, now: datetime, most: int) -> Sequence[Any]:
    """What stands for itself and was neither confirmed nor released in time."""
    due = _held.where(
        col(Reservation.settled_by).is_(None),
        col(Reservation.expires_at) <= now,
        Posting.source_kind == BY_HAND,
    ).order_by(col(Reservation.expires_at))
    return (await session.execute(due.limit(most))).all()
