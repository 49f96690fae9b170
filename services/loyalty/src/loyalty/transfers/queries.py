"""What members have given away."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import select

from kit.database import AsyncSession
from loyalty.transfers.models import HeldTransfer

GIVEN = text("""
SELECT coalesce(-sum(points), 0)::bigint FROM posting
WHERE account_id IN (
    SELECT CAST(:giver AS uuid)
    UNION
    SELECT old.id FROM points_account AS own
    JOIN alias ON alias.current_id = own.customer_id
    JOIN points_account AS old ON old.customer_id = alias.old_id
    WHERE own.id = :giver)
  AND currency = :currency AND kind = 'transfer' AND points < 0
  AND created_at > clock_timestamp() - interval '24 hours'
""")


async def given_in_a_day(session: AsyncSession, giver: UUID, currency: str) -> int:
    """How much a member has given to others in the last 24 hours, under whatever id."""
    found: int = (await session.execute(GIVEN, {"giver": giver, "currency": currency})).scalar_one()
    return found


async def held_by_key(
    session: AsyncSession, key: str, *, lock: bool = False
) -> HeldTransfer | None:
    """What waits, or waited, under a key."""
    wanted = select(HeldTransfer).where(HeldTransfer.key == key)
    return (await session.exec(wanted.with_for_update() if lock else wanted)).first()
