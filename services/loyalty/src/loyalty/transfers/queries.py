"""What members have given away."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlmodel import select

from kit.database import AsyncSession
from loyalty.transfers.models import HeldTransfer

GIVEN = text("""
WITH own AS (
  SELECT CAST(:giver AS uuid) AS id
  UNION
  SELECT old.id FROM points_account AS own
  JOIN alias ON alias.current_id = own.customer_id
  JOIN points_account AS old ON old.customer_id = alias.old_id
  WHERE own.id = :giver
), given AS (
  SELECT -points AS points FROM posting
  WHERE account_id IN (SELECT id FROM own) AND currency = :currency
    AND kind = 'transfer' AND points < 0
    AND created_at > clock_timestamp() - interval '24 hours'
  UNION ALL
  SELECT points FROM held_transfer AS held JOIN reservation ON reservation.id = reservation_id
  WHERE giver_id IN (SELECT id FROM own) AND currency = :currency
    AND state = 'waiting' AND settled_by IS NULL
    AND held.created_at > clock_timestamp() - interval '24 hours'
)
SELECT coalesce(sum(points), 0)::bigint FROM given
""")


TODAY = text("""
SELECT named.id AS asked, coalesce(today.id, named.id) AS id,
  coalesce(today.customer_id, named.customer_id) AS customer_id
FROM points_account AS named
LEFT JOIN alias ON alias.old_id = named.customer_id
LEFT JOIN points_account AS today ON today.customer_id = alias.current_id
WHERE named.id = ANY (:accounts)
""").bindparams(bindparam("accounts", type_=ARRAY(Uuid)))


class Side(NamedTuple):
    """An account, and whose it is."""

    id: UUID
    customer_id: UUID


async def accounts_of_today(session: AsyncSession, accounts: Sequence[UUID]) -> dict[UUID, Side]:
    """Each asked account with the one that has its points by now."""
    rows = await session.execute(TODAY, {"accounts": list(accounts)})
    return {row.asked: Side(row.id, row.customer_id) for row in rows}


async def given_in_a_day(session: AsyncSession, giver: UUID, currency: str) -> int:
    """How much a member has given to others in the last 24 hours, under whatever id.

    What waits for a reviewer counts, unless it was withdrawn.
    """
    found: int = (await session.execute(GIVEN, {"giver": giver, "currency": currency})).scalar_one()
    return found


async def held_by_key(
    session: AsyncSession, key: str, *, lock: bool = False
) -> HeldTransfer | None:
    """What waits, or waited, under a key."""
    wanted = select(HeldTransfer).where(HeldTransfer.key == key)
    return (await session.exec(wanted.with_for_update() if lock else wanted)).first()
