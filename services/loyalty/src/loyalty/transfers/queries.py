"""What members have given away."""

from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession

GIVEN = text("""
SELECT coalesce(-sum(points), 0)::bigint FROM posting
WHERE account_id = :giver AND currency = :currency AND kind = 'transfer' AND points < 0
  AND created_at > clock_timestamp() - interval '24 hours'
""")


async def given_in_a_day(session: AsyncSession, giver: UUID, currency: str) -> int:
    """How much a member has given to others in the last 24 hours."""
    found: int = (await session.execute(GIVEN, {"giver": giver, "currency": currency})).scalar_one()
    return found
