"""How postings and lots are looked up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.paging import Page, checked_first, page
from loyalty.currencies.models import Currency
from loyalty.points.models import Entry, Lot, Posting, Programme


async def postings_of(
    session: AsyncSession, account_id: UUID, currency: str, first: int, after: str | None
) -> Page[Posting]:
    """Newest first."""
    mine = select(Posting).where(Posting.account_id == account_id, Posting.currency == currency)
    return await page(session, mine, [Posting.id], first=first, after=after)


async def entries_of(session: AsyncSession, postings: Iterable[UUID]) -> dict[UUID, list[Entry]]:
    rows = await session.exec(
        select(Entry).where(col(Entry.posting_id).in_(postings)).order_by(col(Entry.line))
    )
    found: dict[UUID, list[Entry]] = {}
    for row in rows:
        found.setdefault(row.posting_id, []).append(row)
    return found


async def lots_to_spend(
    session: AsyncSession, account_id: UUID, currency: str, first: int
) -> Sequence[Lot]:
    """What is left, in the order in which it will be spent."""
    rows = await session.exec(
        select(Lot)
        .where(Lot.account_id == account_id, Lot.currency == currency, Lot.remaining > 0)
        .order_by(col(Lot.expires_at), col(Lot.id))
        .limit(checked_first(first))
    )
    return rows.all()


async def lots_to_mature(session: AsyncSession, now: datetime, most: int) -> Sequence[Lot]:
    """Pending lots whose time has come."""
    rows = await session.exec(
        select(Lot)
        .where(Lot.state == "pending", col(Lot.due_at) <= now, Lot.remaining > 0)
        .order_by(col(Lot.due_at))
        .limit(most)
    )
    return rows.all()


async def posting_by_key(session: AsyncSession, key: str) -> Posting | None:
    return (await session.exec(select(Posting).where(Posting.key == key))).first()


async def posting_by_id(session: AsyncSession, posting_id: UUID) -> Posting:
    """The posting, or NotFound."""
    found = await session.get(Posting, posting_id)
    if found is None:
        raise NotFound("posting", posting_id)
    return found


async def costs(session: AsyncSession, codes: Iterable[str]) -> dict[str, tuple[int, str]]:
    """What one unit of each currency costs whoever gives it: minor units, of which money."""
    programme = (await session.exec(select(Programme))).one()
    rows = await session.exec(select(Currency).where(col(Currency.code).in_(set(codes))))
    return {
        each.code: (1, each.money)
        if each.money
        else (programme.point_value_minor, programme.currency)
        for each in rows
    }


async def reversals_of(session: AsyncSession, postings: Iterable[UUID | None]) -> dict[UUID, UUID]:
    """What reversed each of these postings, for those that were reversed."""
    rows = await session.exec(
        select(Posting.reverses, Posting.id).where(col(Posting.reverses).in_(set(postings)))
    )
    return {reversed_: posting for reversed_, posting in rows if reversed_ is not None}
