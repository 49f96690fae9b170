"""How old points are when they are used."""

from typing import Final

from sqlalchemy import text

from kit.database import AsyncSession
from loyalty.reports.models import SHARES
from loyalty.reports.months import number_of
from loyalty.reports.survival import Aged

MONTH_SECONDS: Final = 2_629_800
# Members are told apart by the account that earned the points: it stays, whoever has them later.
AGES: Final = f"""
SELECT lot.currency,
  round(extract(epoch FROM lot.expires_at - origin.created_at) / {MONTH_SECONDS})::int AS lifetime,
  to_char(origin.created_at AT TIME ZONE 'UTC', 'YYYY-MM') AS issued_month,
  moved.age, abs(hashtext(origin.account_id::text) % {SHARES}) AS share,
  coalesce(first_use.used_at < origin.created_at, false) AS seasoned,
  sum(moved.issued)::bigint AS issued, sum(moved.used)::bigint AS used,
  sum(moved.taken_back)::bigint AS taken_back
FROM (
  SELECT lot.id AS lot_id, 0 AS age, lot.points AS issued, 0 AS used, 0 AS taken_back
  FROM posting JOIN lot ON lot.posting_id = posting.id
  WHERE posting.created_at >= {{since}} AND posting.created_at < {{until}}
  UNION ALL
  SELECT lot_use.lot_id,
    floor(extract(epoch FROM posting.created_at - came.created_at) / {MONTH_SECONDS})::int, 0,
    CASE WHEN is_use THEN lot_use.points ELSE 0 END, CASE WHEN is_use THEN 0 ELSE lot_use.points END
  FROM posting JOIN lot_use ON lot_use.posting_id = posting.id
  JOIN lot ON lot.id = lot_use.lot_id JOIN posting AS came ON came.id = lot.posting_id
  CROSS JOIN LATERAL (
    SELECT posting.kind NOT IN ('reverse', 'transfer', 'move', 'adjust') AS is_use) AS what
  WHERE posting.created_at >= {{since}} AND posting.created_at < {{until}}
) AS moved
JOIN lot ON lot.id = moved.lot_id JOIN posting AS origin ON origin.id = lot.posting_id
LEFT JOIN first_use ON first_use.account_id = origin.account_id
WHERE lot.expires_at > origin.created_at
GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608  # our own names
AGED: Final = text(
    "SELECT lifetime, issued_month, age, share, seasoned, sum(issued)::bigint AS issued, "  # noqa: S608
    "sum(used)::bigint AS used, sum(taken_back)::bigint AS taken_back FROM ("
    "SELECT currency, lifetime, issued_month, age, share, seasoned, issued, used, taken_back "
    "FROM lot_age "
    "UNION ALL ("
    + AGES.format(since="(SELECT folded_until FROM ledger_fold)", until="'infinity'")
    + ")) AS aged WHERE currency = :currency AND issued_month >= :since GROUP BY 1, 2, 3, 4, 5"
)


async def aged_points(session: AsyncSession, currency: str, since: str) -> list[Aged]:
    """What came in lots since a month, and at which age it was used."""
    rows = await session.execute(AGED, {"currency": currency, "since": since})
    return [
        Aged(
            lifetime=row.lifetime,
            issued_month=number_of(row.issued_month),
            age=row.age,
            share=row.share,
            seasoned=row.seasoned,
            issued=row.issued,
            used=row.used,
            taken_back=row.taken_back,
        )
        for row in rows
    ]
