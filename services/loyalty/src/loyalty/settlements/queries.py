"""How partners' points are looked up."""

from dataclasses import dataclass

from sqlalchemy import text

from kit.database import AsyncSession

FIGURES = text("""
SELECT line.partner_code, line.month, line.currency, count(*) AS postings,
       sum(line.points)::bigint AS points, sum(line.amount_minor)::bigint AS amount_minor,
       bool_or(settled.id IS NOT NULL) AS is_settled
FROM partner_points AS line
LEFT JOIN partner_points_settlement AS settled USING (partner_code, month, currency)
WHERE line.month = :month AND (CAST(:partner AS text) IS NULL OR line.partner_code = :partner)
  AND (CAST(:seen_from AS text) IS NULL OR line.unit = :seen_from
       OR starts_with(line.unit, :seen_from || '.'))
GROUP BY line.partner_code, line.month, line.currency
ORDER BY line.partner_code, line.currency
LIMIT 1000
""")


@dataclass(frozen=True, slots=True)
class PartnerMonth:
    """What a partner pays for in a month; settled once the month is over."""

    partner_code: str
    month: str
    currency: str
    postings: int
    points: int
    amount_minor: int
    is_settled: bool


async def figures_of(
    session: AsyncSession, month: str, partner: str | None, seen_from: str | None
) -> list[PartnerMonth]:
    """By partner and currency: of one partner or of all, in a unit's subtree; at most a thousand."""
    asked = {"month": month, "partner": partner, "seen_from": seen_from}
    rows = await session.execute(FIGURES, asked)
    return [PartnerMonth(**row) for row in rows.mappings()]
