"""How postings and lots are looked up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.paging import Page, checked_first, page
from kit.units import below
from loyalty.accounts.models import PointsAccount
from loyalty.points.models import Entry, Lot, Posting

UPCOMING: Final = text("""
SELECT named.account_id, named.currency, soon.due_at, soon.points
FROM unnest(CAST(:accounts AS uuid[]), CAST(:currencies AS text[])) AS named (account_id, currency)
CROSS JOIN LATERAL (
  SELECT due_at, sum(remaining)::bigint AS points FROM lot
  WHERE lot.account_id = named.account_id AND lot.currency = named.currency AND remaining > 0
    AND state = 'pending' AND due_at IS NOT NULL
  GROUP BY due_at ORDER BY due_at LIMIT :most) AS soon
ORDER BY soon.due_at
""")


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


async def pending_lots(session: AsyncSession, postings: Iterable[UUID]) -> dict[UUID, Lot]:
    """What these postings gave and may not be spent yet, by posting."""
    rows = await session.exec(
        select(Lot).where(
            col(Lot.posting_id).in_(postings), Lot.state == "pending", Lot.remaining > 0
        )
    )
    return {each.posting_id: each for each in rows}


async def upcoming(
    session: AsyncSession, wallets: Sequence[tuple[UUID, str]], most: int
) -> dict[tuple[UUID, str], list[tuple[datetime, int]]]:
    """What of each wallet may be spent from which moment on, the soonest first."""
    asked = {"accounts": [each[0] for each in wallets], "currencies": [each[1] for each in wallets]}
    found: dict[tuple[UUID, str], list[tuple[datetime, int]]] = {each: [] for each in wallets}
    for row in await session.execute(UPCOMING, {**asked, "most": most}):
        found[row.account_id, row.currency].append((row.due_at, row.points))
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


async def posting_by_key(session: AsyncSession, key: str) -> Posting | None:
    return (await session.exec(select(Posting).where(Posting.key == key))).first()


async def posting_by_id(session: AsyncSession, posting_id: UUID) -> Posting:
    """The posting, or NotFound."""
    found = await session.get(Posting, posting_id)
    if found is None:
        raise NotFound("posting", posting_id)
    return found


COSTS: Final = text("""
SELECT currency.code,
  CASE WHEN money IS NULL THEN programme.point_value_minor ELSE 1 END AS minor,
  coalesce(money, programme.currency) AS money
FROM currency CROSS JOIN programme WHERE currency.code = ANY (:codes)
""").bindparams(bindparam("codes", type_=ARRAY(Text)))


async def costs(session: AsyncSession, codes: Iterable[str]) -> dict[str, tuple[int, str]]:
    """What one unit of each currency costs whoever gives it: minor units, of which money."""
    rows = await session.execute(COSTS, {"codes": sorted(set(codes))})
    return {code: (minor, money) for code, minor, money in rows}


async def reversing(session: AsyncSession, postings: Iterable[UUID]) -> Sequence[Posting]:
    """What reversed these postings."""
    rows = await session.exec(select(Posting).where(col(Posting.reverses).in_(set(postings))))
    return rows.all()


async def postings_by_hand(
    session: AsyncSession,
    unit: str,
    asked_by: str | None,
    kind: str | None,
    first: int,
    after: str | None,
) -> Page[Posting]:
    """What colleagues asked for of accounts in the unit's subtree, newest first."""
    mine = (
        select(Posting)
        .join(PointsAccount, col(PointsAccount.id) == Posting.account_id)
        .where(col(Posting.asked_by).is_not(None), below(col(PointsAccount.unit), unit))
    )
    if asked_by is not None:
        mine = mine.where(Posting.asked_by == asked_by)
    if kind is not None:
        mine = mine.where(Posting.kind == kind)
    return await page(session, mine, [Posting.id], first=first, after=after)


async def owners_of(session: AsyncSession, accounts: Iterable[UUID]) -> dict[UUID, UUID]:
    """Whose accounts these are."""
    asked = select(PointsAccount.id, PointsAccount.customer_id)
    rows = await session.exec(asked.where(col(PointsAccount.id).in_(set(accounts))))
    return dict(rows.all())


async def reversals_of(session: AsyncSession, postings: Iterable[UUID | None]) -> dict[UUID, UUID]:
    """What reversed each of these postings, for those that were reversed."""
    rows = await session.exec(
        select(Posting.reverses, Posting.id).where(col(Posting.reverses).in_(set(postings)))
    )
    return {reversed_: posting for reversed_, posting in rows if reversed_ is not None}
