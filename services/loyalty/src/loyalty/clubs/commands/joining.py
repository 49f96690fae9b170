"""Somebody joins a club, or leaves it, because they asked to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from kit.bulk import insert_rows
from kit.database import AsyncSession
from kit.errors import Conflict, NotFound
from kit.events import record
from kit.models import utcnow, uuid7
from kit.predicates import describe, parse
from kit.units import lies_below
from loyalty.accounts.commands import hold_accounts
from loyalty.clubs.errors import ClubIsFull, ClubIsNotForThem
from loyalty.clubs.events import ClubJoined, ClubLeft
from loyalty.clubs.models import Club, ClubMembership, ClubState, Way
from loyalty.clubs.queries import candidates, club_to_change, membership_of
from loyalty.entity import table_of


async def join_club(
    session: AsyncSession, code: str, customer_id: UUID, unit: str, how: Way
) -> ClubMembership:
    """Take a customer of this unit into a club; who is in it already stays as they are.

    Raises NotFound, Conflict for a closed club, ClubIsNotForThem and ClubIsFull.
    """
    await hold_accounts(session, [customer_id])
    club = await club_to_change(session, code)
    if club is None or not lies_below(unit, club.unit):
        raise NotFound("club", code)
    if club.state == ClubState.CLOSED:
        raise Conflict("The club is closed.")
    known = await membership_of(session, code, customer_id)
    if known is not None:
        return known
    if not any(each.fits for each in await candidates(session, club, [customer_id])):
        raise ClubIsNotForThem(in_words(club))
    if club.is_full:
        raise ClubIsFull(club.capacity or 0)
    await take_in(session, club, [customer_id], how)
    joined = await membership_of(session, code, customer_id)
    if joined is None:
        raise AssertionError("a membership that was just written is there")
    return joined


async def leave_club(
    session: AsyncSession, code: str, customer_id: UUID, how: Way
) -> ClubMembership:
    """End a membership; a club's rule does not take them in again. Raises NotFound."""
    await hold_accounts(session, [customer_id])
    club = await club_to_change(session, code)
    membership = await membership_of(session, code, customer_id)
    if club is None or membership is None:
        raise NotFound("membership in the club", code)
    await let_go(session, club, [membership.id], how)
    await session.refresh(membership)
    return membership


async def take_in(session: AsyncSession, club: Club, customers: Sequence[UUID], how: Way) -> None:
    """Write memberships and tell of them; the caller holds the club and has seen to its places."""
    now = utcnow()
    rows = [
        {
            "id": uuid7(),
            "created_at": now,
            "club_code": club.code,
            "customer_id": customer,
            "joined_by": how,
        }
        for customer in sorted(customers)
    ]
    joined = await insert_rows(
        session,
        table_of(ClubMembership),
        rows,
        "ON CONFLICT DO NOTHING",
        "id, customer_id",
    )
    for row in joined:
        record(session, ClubJoined(**_told(club, row, how)))


async def let_go(
    session: AsyncSession,
    club: Club,
    memberships: Sequence[UUID],
    how: Way,
    at: datetime | None = None,
) -> None:
    """End memberships and tell of it; the caller holds the club. A free place is offered anew."""
    if not memberships:
        return
    ended = (
        update(ClubMembership)
        .where(col(ClubMembership.id).in_(memberships), col(ClubMembership.left_at).is_(None))
        .values(left_at=at or utcnow(), left_by=how, grace_until=None)
        .returning(col(ClubMembership.id), col(ClubMembership.customer_id))
    )
    gone = (await session.execute(ended)).all()
    for row in gone:
        record(session, ClubLeft(**_told(club, row, how)))
    if gone and club.capacity is not None:
        club.ask_all_again()
        session.add(club)
        await session.flush()


def in_words(club: Club) -> str:
    """What a club asks of its members."""
    place = f"they belong to {club.unit}"
    return place if club.condition is None else f"{place} and {describe(parse(club.condition))}"


def _told(club: Club, row: Any, how: Way) -> dict[str, Any]:
    return {
        "membership_id": row.id,
        "customer_id": row.customer_id,
        "club_code": club.code,
        "club_name": club.name,
        "how": how,
    }
