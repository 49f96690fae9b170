"""Clubs are written, changed and closed."""

from typing import Any

from sqlalchemy import text, update
from sqlmodel import col
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, NotFound
from loyalty.clubs.models import Club, ClubMembership, ClubState
from loyalty.clubs.queries import club_to_change
from loyalty.tiers.queries import require_tiers_asked

log = get_logger(__name__)
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('club:' || :code, 0))")


async def keep_club(session: AsyncSession, terms: dict[str, Any], by: str) -> Club:
    """Open a club, or change the one of that code; by-rule members are then asked once more.

    Raises Conflict for a closed club, and for one of another unit; InvalidInput for a tier that
    there is not.
    """
    await require_tiers_asked(session, terms["condition"])
    await session.execute(ONE_AT_A_TIME, {"code": terms["code"]})
    club = await club_to_change(session, terms["code"])
    if club is None:
        club = Club(**terms, changed_by=by)
    elif club.state == ClubState.CLOSED:
        raise Conflict("The club is closed; open another.")
    elif club.unit != terms["unit"]:
        raise Conflict(f"The club belongs to {club.unit}; open another.")
    else:
        club.sqlmodel_update({**terms, "changed_by": by})
    club.ask_all_again()
    session.add(club)
    await session.flush()
    if not club.by_rule:
        await _spare_all(session, club)
    log.info("club_kept", code=club.code, joining=club.joining, capacity=club.capacity)
    return club


async def close_club(session: AsyncSession, code: str) -> Club:
    """Nobody joins any more, its benefits end at once, and its members leave soon after."""
    club = await club_to_change(session, code)
    if club is None:
        raise NotFound("club", code)
    club.state = ClubState.CLOSED
    club.ask_all_again()
    session.add(club)
    await session.flush()
    log.info("club_closed", code=code, members=club.members)
    return club


async def _spare_all(session: AsyncSession, club: Club) -> None:
    """Without a rule that is asked again nobody is about to leave."""
    await session.execute(
        update(ClubMembership)
        .where(
            col(ClubMembership.club_code) == club.code,
            col(ClubMembership.left_at).is_(None),
            col(ClubMembership.grace_until).is_not(None),
        )
        .values(grace_until=None)
    )
