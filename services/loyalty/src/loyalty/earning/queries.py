"""How earning rules, what they gave, and those who earn are looked up."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from kit.database import AsyncSession
from kit.paging import Page, page
from loyalty.earning.happenings import Member
from loyalty.earning.models import Earning, EarningCap, EarningRule, EarningState
from loyalty.earning.reckoning import Count, Counts, Terms
from loyalty.points.models import Posting, Programme

# Each is looked up by itself: joins, planned while few are known, would read all there are.
MEMBERS = text("""
SELECT account.id AS account_id, account.customer_id, coalesce(wallet.balance, 0) AS balance,
       coalesce(member.tier_code, 'none') AS tier, facts.kind, facts.status,
       coalesce(facts.unit, account.unit) AS unit, facts.time_zone,
       coalesce(facts.tags, '{}') AS tags, coalesce(facts.attributes, '{}') AS attributes,
       ARRAY(SELECT code FROM club_membership JOIN club ON code = club_code AND state = 'open'
             WHERE club_membership.customer_id = account.customer_id AND left_at IS NULL) AS clubs
FROM points_account AS account
LEFT JOIN LATERAL (
  SELECT balance FROM wallet WHERE account_id = account.id AND currency = 'points' LIMIT 1
) AS wallet ON true
LEFT JOIN LATERAL (
  SELECT tier_code FROM member_tier WHERE customer_id = account.customer_id LIMIT 1
) AS member ON true
LEFT JOIN LATERAL (
  SELECT kind, status, unit, time_zone, tags, attributes FROM member_facts
  WHERE customer_id = account.customer_id LIMIT 1
) AS facts ON true
WHERE account.customer_id = ANY (:customers)
""")

COUNTS = text("""
SELECT customer_id, scope, day, points, times FROM earning_count
WHERE customer_id = ANY (:customers) AND day = ANY (CAST(:days AS date[]))
""")

POINTS_GIVEN = text("""
SELECT source_kind, source_id, points FROM earning
JOIN unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[])) AS asked (kind, id)
  ON source_kind = kind AND source_id = id
WHERE points > 0 AND cancelled_at IS NULL
""")

CANCELLED = text("""
SELECT source_id FROM earning
WHERE source_kind = 'order' AND source_id = ANY (:orders) AND cancelled_at IS NOT NULL
""")


async def terms_between(session: AsyncSession, since: datetime, until: datetime) -> Terms:
    """The rules in force at any time from `since` to `until`, and the caps of today."""
    rows = await session.exec(
        select(EarningRule)
        .where(
            EarningRule.state != EarningState.DRAFT,
            col(EarningRule.valid_from) <= until,
            col(EarningRule.valid_until).is_(None) | (col(EarningRule.valid_until) > since),
        )
        .order_by(col(EarningRule.priority).desc(), col(EarningRule.code))
    )
    caps = await session.exec(select(EarningCap))
    programme = await session.get_one(Programme, "points")
    by_event = {each.event: each.points_per_day for each in caps}
    return Terms(rows.all(), by_event, programme.currency)


async def members_of(session: AsyncSession, customers: Iterable[UUID]) -> dict[UUID, Member]:
    """Those who earn, as they are now."""
    rows = await session.execute(MEMBERS, {"customers": list(customers)})
    return {row["customer_id"]: Member(**row) for row in rows.mappings()}


async def counts_of(
    session: AsyncSession, customers: Iterable[UUID], days: Iterable[date]
) -> Counts:
    rows = await session.execute(COUNTS, {"customers": list(customers), "days": list(days)})
    return {
        (customer, scope, day): Count(points, times) for customer, scope, day, points, times in rows
    }


async def points_given(
    session: AsyncSession, sources: Iterable[tuple[str, UUID]]
) -> dict[tuple[str, UUID], int]:
    """What each happening, by its kind and id, has earned and not lost; those that did."""
    asked = [*sources]
    values = {"kinds": [each[0] for each in asked], "ids": [each[1] for each in asked]}
    rows = await session.execute(POINTS_GIVEN, values)
    return {(row.source_kind, row.source_id): row.points for row in rows}


async def cancelled_among(session: AsyncSession, orders: Iterable[UUID]) -> set[UUID]:
    """Those of these orders of which a cancellation was heard, before or after the order."""
    rows = await session.execute(CANCELLED, {"orders": list(orders)})
    return {row.source_id for row in rows}


async def rules(
    session: AsyncSession,
    code: str | None,
    state: EarningState | None,
    first: int,
    after: str | None,
) -> Page[EarningRule]:
    """The newest first: of one code, its versions."""
    wanted = select(EarningRule)
    if code is not None:
        wanted = wanted.where(EarningRule.code == code)
    if state is not None:
        wanted = wanted.where(EarningRule.state == state)
    return await page(session, wanted, [EarningRule.id], first=first, after=after)


async def versions_of(session: AsyncSession, code: str) -> Sequence[EarningRule]:
    """All versions of a rule, locked, the newest first."""
    rows = await session.exec(
        select(EarningRule)
        .where(EarningRule.code == code)
        .order_by(col(EarningRule.version).desc())
        .with_for_update()
    )
    return rows.all()


async def rules_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, EarningRule]:
    rows = await session.exec(select(EarningRule).where(col(EarningRule.id).in_(set(ids))))
    return {each.id: each for each in rows}


async def earnings_of(
    session: AsyncSession, customer_id: UUID, first: int, after: str | None
) -> Page[Earning]:
    """What a customer earned, by the age of its sources' names, the newest first."""
    mine = select(Earning).where(
        Earning.customer_id == customer_id, col(Earning.occurred_at).is_not(None)
    )
    return await page(session, mine, [Earning.source_id], first=first, after=after)


async def who_earned(session: AsyncSession, event: str, source_id: UUID) -> UUID | None:
    """Whose earning it is, by the kind and id of its source."""
    wanted = select(Earning.customer_id).where(
        Earning.source_kind == event, Earning.source_id == source_id
    )
    return (await session.exec(wanted)).first()


async def earning_behind(session: AsyncSession, posting_id: UUID) -> Earning | None:
    """What happened for which a posting gave its points, or took them back."""
    posting = await session.get(Posting, posting_id)
    if posting is None:
        return None
    key = (posting.source_kind, posting.source_id)
    rows = await session.exec(
        select(Earning).where(Earning.source_kind == key[0], Earning.source_id == UUID(key[1]))
    )
    return rows.first()
