"""What members have, by tier: now, from their wallets, and when a month ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from kit.database import AsyncSession
from loyalty.reports.queries.tiers import TODAY

# What moved since is taken off again, so that a month that is closed late is closed as it ended.
STANDING: Final = """
WITH worth AS (
  SELECT minor FROM point_value WHERE set_at < {since} ORDER BY version DESC LIMIT 1
), later AS (
  SELECT entry.account_id, currency,
         sum(amount) FILTER (WHERE account_kind = 'wallet') AS wallet,
         -sum(amount) FILTER (WHERE account_kind = 'debt') AS debt,
         sum(amount) FILTER (WHERE account_kind = 'pending') AS pending,
         sum(amount) FILTER (WHERE account_kind = 'locked') AS locked
  FROM posting JOIN entry ON posting_id = posting.id
  WHERE posting.created_at >= {since} AND entry.account_id IS NOT NULL
  GROUP BY entry.account_id, currency
), stood AS (
  SELECT wallet.currency, coalesce(account.unit, '') AS unit,
         {tier} AS tier_code,
         balance - coalesce(later.wallet, 0) AS available,
         wallet.pending - coalesce(later.pending, 0) AS pending,
         wallet.locked - coalesce(later.locked, 0) AS locked,
         wallet.debt - coalesce(later.debt, 0) AS debt
  FROM wallet
  JOIN points_account AS account ON account.id = wallet.account_id
  LEFT JOIN member_tier USING (customer_id)
  LEFT JOIN later ON later.account_id = wallet.account_id AND later.currency = wallet.currency
)
SELECT stood.currency, unit, tier_code,
  count(*) FILTER (WHERE available + stood.pending + stood.locked > 0) AS members,
  sum(available)::bigint AS available, sum(stood.pending)::bigint AS pending,
  sum(stood.locked)::bigint AS locked, sum(debt)::bigint AS debt,
  (sum(available + stood.pending + stood.locked) * CASE rules.kind
    WHEN 'points' THEN worth.minor WHEN 'money' THEN 1 END)::bigint AS value_minor,
  CASE rules.kind WHEN 'points' THEN programme.currency WHEN 'money' THEN rules.money ELSE '' END
    AS value_currency
FROM stood JOIN currency AS rules ON rules.code = stood.currency CROSS JOIN programme CROSS JOIN worth
GROUP BY stood.currency, unit, tier_code, rules.kind, rules.money, worth.minor,
  programme.currency
HAVING sum(available + stood.pending + stood.locked + debt) > 0
"""
ADDED_UP: Final = """
SELECT {month} AS month, currency, tier_code, sum(members)::bigint AS members,
  sum(available)::bigint AS available, sum(pending)::bigint AS pending,
  sum(locked)::bigint AS locked, sum(debt)::bigint AS debt,
  sum(value_minor)::bigint AS value_minor, max(value_currency) AS value_currency
FROM ({rows}) AS standing
WHERE (:all_units OR unit = :seen_from OR starts_with(unit, :seen_from || '.')) {when}
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
NOW: Final = text(
    ADDED_UP.format(month="NULL", rows=STANDING.format(since="'infinity'", tier=TODAY), when="")
)
AT_MONTHS_END: Final = text(
    ADDED_UP.format(
        month="month",
        rows="SELECT * FROM month_end",
        when="AND month BETWEEN :since AND :until",
    )
)


@dataclass(frozen=True, slots=True)
class Liability:
    """What members of a tier have of a currency; `month` is None for what they have now."""

    month: str | None
    currency: str
    tier_code: str
    members: int
    available: int
    pending: int
    locked: int
    debt: int
    value_minor: int | None
    value_currency: str

    @property
    def outstanding(self) -> int:
        return self.available + self.pending + self.locked


async def liability_now(session: AsyncSession, seen_from: str) -> Sequence[Liability]:
    """From the wallets as they are: what it costs grows with the members, not with the years."""
    return await _read(session, NOW, seen_from)


async def liability_at_months_end(
    session: AsyncSession, since: str, until: str, seen_from: str
) -> Sequence[Liability]:
    """As it was kept when each month ended."""
    return await _read(session, AT_MONTHS_END, seen_from, since=since, until=until)


async def _read(
    session: AsyncSession, statement: object, seen_from: str, **more: str
) -> Sequence[Liability]:
    everybody = bool(seen_from) and "." not in seen_from
    given = {"seen_from": seen_from, "all_units": everybody, **more}
    return [Liability(**row) for row in (await session.execute(statement, given)).mappings()]  # type: ignore[call-overload]


async def month_that_ended(session: AsyncSession) -> tuple[str, datetime]:
    """The last month whose end was kept, and how far the ledger is folded."""
    row = await session.execute(text("SELECT closed_month, folded_until FROM ledger_fold"))
    closed, until = row.one()
    return str(closed), until
