"""Clubs that take in by a rule: who fits joins, who no longer does leaves after a while."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text, update
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.models import utcnow
from kit.schedules import MORE
from loyalty.accounts.commands import hold_accounts
from loyalty.clubs.commands.joining import let_go, take_in
from loyalty.clubs.models import Club, ClubMembership, ClubState, Way
from loyalty.clubs.queries import (
    Candidate,
    candidates,
    club_to_change,
    clubs_by_rule,
    next_accounts,
)

ASKED_AT_ONCE = 500
ENDED_AT_ONCE = 1_000

DUE = text("""
SELECT membership.id, club_code, club.state FROM club_membership AS membership
JOIN club ON club.code = club_code
WHERE membership.left_at IS NULL AND grace_until <= :now
UNION ALL
SELECT membership.id, club_code, club.state FROM club_membership AS membership
JOIN club ON club.code = club_code
WHERE membership.left_at IS NULL AND club.state = 'closed'
ORDER BY club_code LIMIT :most
""")


async def reconsider_members(session: AsyncSession, customers: Collection[UUID]) -> None:
    """Ask the rules of all clubs about customers of whom something has changed.

    A club is held only where somebody comes, goes, or is spared: nearly all changes concern none.
    """
    clubs = await clubs_by_rule(session)
    if not clubs or not customers:
        return
    await hold_accounts(session, customers)
    for known in clubs:
        moved = [each for each in await candidates(session, known, customers) if _moves(each)]
        club = await club_to_change(session, known.code) if moved else None
        if club is not None and club.by_rule and club.state == ClubState.OPEN:
            await _reconsider(session, club, [each.customer_id for each in moved], utcnow())


async def enrol_next_page(session: AsyncSession) -> object:
    """Ask the rule of a club that is new or has changed about the next members."""
    code = (
        await session.exec(select(Club.code).where(Club.enrolling).order_by(Club.code).limit(1))
    ).first()
    if code is None:
        return None
    known = await session.get_one(Club, code)
    customers = await next_accounts(session, known.enrolled_after, ASKED_AT_ONCE)
    asked_after = known.enrolled_after
    await hold_accounts(session, customers)
    club = await club_to_change(session, code)
    if club is None:
        return MORE
    await session.refresh(club)
    if not club.enrolling or club.enrolled_after != asked_after:
        return MORE
    club.enrolled_after = customers[-1] if customers else None
    club.enrolling = len(customers) == ASKED_AT_ONCE
    session.add(club)
    await session.flush()
    await _reconsider(session, club, customers, utcnow())
    return MORE


async def end_memberships(session: AsyncSession, now: datetime | None = None) -> object:
    """Those whose days of grace are over leave, and so do all of a club that was closed."""
    now = now or utcnow()
    due = (await session.execute(DUE, {"now": now, "most": ENDED_AT_ONCE})).all()
    for code in sorted({row.club_code for row in due}):
        club = await club_to_change(session, code)
        if club is not None:
            how = Way.CLOSED if club.state == ClubState.CLOSED else Way.RULE
            ids = [row.id for row in due if row.club_code == code]
            await let_go(session, club, await _still_due(session, ids, club, now), how)
    return MORE if len(due) == ENDED_AT_ONCE else None


async def _still_due(
    session: AsyncSession, ids: list[UUID], club: Club, now: datetime
) -> list[UUID]:
    """Without those who were spared while the club was waited for."""
    wanted = select(ClubMembership.id).where(
        col(ClubMembership.id).in_(ids), col(ClubMembership.left_at).is_(None)
    )
    if club.state == ClubState.OPEN:
        wanted = wanted.where(col(ClubMembership.grace_until) <= now)
    return list((await session.exec(wanted)).all())


async def _reconsider(
    session: AsyncSession, club: Club, customers: Collection[UUID], now: datetime
) -> None:
    """The caller holds the accounts of these customers, and the club."""
    found = await candidates(session, club, customers)
    joining = [each.customer_id for each in found if _joins(each)]
    if club.capacity is not None:
        joining = joining[: max(club.capacity - club.members, 0)]
    await take_in(session, club, joining, Way.RULE)
    await _give_grace(session, [each for each in found if _is_spared(each)], None)
    losing = [each for each in found if _loses(each)]
    if club.grace_days:
        await _give_grace(session, losing, now + timedelta(days=club.grace_days))
    else:
        gone = [each.membership_id for each in losing if each.membership_id is not None]
        await let_go(session, club, gone, Way.RULE, now)


def _joins(candidate: Candidate) -> bool:
    return candidate.fits and candidate.membership_id is None and not candidate.stays_out


def _loses(candidate: Candidate) -> bool:
    member = candidate.membership_id is not None and candidate.grace_until is None
    return member and not candidate.fits


def _moves(candidate: Candidate) -> bool:
    return _joins(candidate) or _loses(candidate) or _is_spared(candidate)


def _is_spared(candidate: Candidate) -> bool:
    return candidate.fits and candidate.grace_until is not None


async def _give_grace(
    session: AsyncSession, found: list[Candidate], until: datetime | None
) -> None:
    ids = [each.membership_id for each in found if each.membership_id is not None]
    if ids:
        await session.execute(
            update(ClubMembership).where(col(ClubMembership.id).in_(ids)).values(grace_until=until)
        )
