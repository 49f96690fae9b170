"""How postings and lots are looked up."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, checked_first, page
from loyalty.points.models import Entry, Lot, Posting, expiry_key


async def postings_of(
    session: AsyncSession, account_id: UUID, first: int, after: str | None
) -> Page[Posting]:
    """Newest first."""
    mine = select(Posting).where(Posting.account_id == account_id)
    return await page(session, mine, [Posting.id], first=first, after=after)


async def entries_of(session: AsyncSession, postings: Iterable[UUID]) -> dict[UUID, list[Entry]]:
    rows = await session.exec(
        select(Entry).where(col(Entry.posting_id).in_(postings)).order_by(col(Entry.line))
    )
    found: dict[UUID, list[Entry]] = {}
    for row in rows:
        found.setdefault(row.posting_id, []).append(row)
    return found


async def lots_to_spend(session: AsyncSession, account_id: UUID, first: int) -> Sequence[Lot]:
    """What is left, in the order in which it will be spent."""
    rows = await session.exec(
        select(Lot)
        .where(Lot.account_id == account_id, Lot.remaining > 0)
        .order_by(col(Lot.expires_at), col(Lot.id))
        .limit(checked_first(first))
    )
    return rows.all()


async def expired_of(session: AsyncSession, lots: Iterable[UUID]) -> dict[UUID | None, int]:
    """How many points of each lot have expired unspent, for those of which any have."""
    lots_by_key = {expiry_key(lot): lot for lot in lots}
    rows = await session.execute(
        select(Posting.key, Posting.points).where(col(Posting.key).in_(lots_by_key))
    )
    return {lots_by_key[key]: -points for key, points in rows}
