"""Leaderboards are drafted, opened by somebody else, and closed; members choose their names."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select
from structlog import get_logger

from kit.database import AsyncSession
from kit.errors import Conflict, NotFound
from kit.models import utcnow
from loyalty.clubs.models import Club
from loyalty.leaderboards.commands.scoring import ALONE
from loyalty.leaderboards.errors import OwnLeaderboard
from loyalty.leaderboards.models import (
    MOST_OPEN,
    Leaderboard,
    LeaderboardName,
    LeaderboardPeriod,
    LeaderboardState,
)
from loyalty.leaderboards.queries import leaderboard_to_change

log = get_logger(__name__)
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('leaderboard:' || :code, 0))")


async def draft_leaderboard(session: AsyncSession, terms: dict[str, Any], by: str) -> Leaderboard:
    """Write a leaderboard, or write its draft anew. Raises NotFound for its club, and Conflict."""
    await session.execute(ONE_AT_A_TIME, {"code": terms["code"]})
    if terms["club_code"] is not None and await session.get(Club, terms["club_code"]) is None:
        raise NotFound("club", terms["club_code"])
    board = await leaderboard_to_change(session, terms["code"])
    if board is None:
        board = Leaderboard(**terms, drafted_by=by)
    elif board.state != LeaderboardState.DRAFT or board.unit != terms["unit"]:
        raise Conflict("The leaderboard is open, or of another unit; draft another.")
    else:
        board.sqlmodel_update({**terms, "drafted_by": by})
    session.add(board)
    await session.flush()
    return board


async def open_leaderboard(session: AsyncSession, code: str, by: str) -> Leaderboard:
    """Let a draft count what is done from now on. Raises NotFound, OwnLeaderboard, Conflict."""
    await session.execute(ALONE)
    board = await leaderboard_to_change(session, code)
    if board is None or board.state != LeaderboardState.DRAFT:
        raise NotFound("draft of the leaderboard", code)
    if board.drafted_by == by:
        raise OwnLeaderboard
    others = select(func.count()).where(col(Leaderboard.state) == LeaderboardState.OPEN)
    if (await session.exec(others)).one() >= MOST_OPEN:
        raise Conflict(f"{MOST_OPEN} leaderboards are open; close one.")
    board.state = LeaderboardState.OPEN
    board.opened_at = utcnow()
    board.opened_by = by
    session.add(board)
    await session.flush()
    log.info("leaderboard_opened", code=code, measure=board.measure, span=board.span)
    return board


async def close_leaderboard(session: AsyncSession, code: str) -> Leaderboard:
    """Nothing counts from now on; what was open is frozen as it is, and its prizes are given."""
    await session.execute(ALONE)
    board = await leaderboard_to_change(session, code)
    if board is None or board.state != LeaderboardState.OPEN:
        raise NotFound("open leaderboard", code)
    now = utcnow()
    board.state = LeaderboardState.CLOSED
    board.closed_at = now
    session.add(board)
    await session.execute(
        update(LeaderboardPeriod)
        .where(col(LeaderboardPeriod.code) == code, col(LeaderboardPeriod.frozen_at).is_(None))
        .values(
            ends_at=func.least(col(LeaderboardPeriod.ends_at), now),
            freezes_at=func.least(col(LeaderboardPeriod.freezes_at), now),
        )
    )
    await session.flush()
    log.info("leaderboard_closed", code=code)
    return board


async def choose_name(session: AsyncSession, customer_id: UUID, name: str | None) -> None:
    """Be seen by a name on leaderboards, or by none."""
    if name is None:
        await session.execute(
            delete(LeaderboardName).where(col(LeaderboardName.customer_id) == customer_id)
        )
        return
    wanted = insert(LeaderboardName).values(customer_id=customer_id, name=name)
    await session.execute(
        wanted.on_conflict_do_update(
            index_elements=["customer_id"], set_={"name": wanted.excluded.name}
        )
    )
