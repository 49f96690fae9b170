"""Everything that changes accounts, other than their points."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text

from kit.database import AsyncSession
from kit.events import record
from kit.models import utcnow, uuid7
from loyalty.accounts.events import AccountOpened
from loyalty.accounts.queries import account_ids

OPEN = text("""
INSERT INTO points_account (id, created_at, customer_id, facts_version)
SELECT id, :now, customer_id, 0
FROM unnest(CAST(:ids AS uuid[]), CAST(:customers AS uuid[])) AS new (id, customer_id)
ORDER BY customer_id
ON CONFLICT DO NOTHING RETURNING id, customer_id
""")


async def open_accounts(session: AsyncSession, customers: Iterable[UUID]) -> dict[UUID, UUID]:
    """Each customer's account, opened and announced if there was none."""
    wanted = set(customers)
    known = await account_ids(session, wanted)
    if missing := sorted(wanted - known.keys()):
        new = {"ids": [uuid7() for _ in missing], "customers": missing, "now": utcnow()}
        for account, customer in await session.execute(OPEN, new):
            record(session, AccountOpened(account_id=account, customer_id=customer))
        known |= await account_ids(session, missing)
    return known


PLACE = text("""
INSERT INTO points_account AS known (id, created_at, customer_id, unit, facts_version)
SELECT id, :now, customer_id, unit, facts_version
FROM unnest(CAST(:ids AS uuid[]), CAST(:customers AS uuid[]), CAST(:units AS text[]),
  CAST(:versions AS bigint[])) AS new (id, customer_id, unit, facts_version)
ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE
  SET unit = excluded.unit, facts_version = excluded.facts_version
  WHERE excluded.facts_version > known.facts_version
RETURNING id, customer_id
""")


async def place_accounts(session: AsyncSession, units: dict[UUID, tuple[str, int]]) -> None:
    """Put each customer's account where the newest facts say: unit and version by customer.

    An account that is not there yet is opened and announced.
    """
    ids = [uuid7() for _ in units]
    placed = {
        "ids": ids,
        "customers": [*units],
        "units": [unit for unit, _ in units.values()],
        "versions": [version for _, version in units.values()],
        "now": utcnow(),
    }
    new = set(ids)
    for account, customer in await session.execute(PLACE, placed):
        if account in new:
            record(session, AccountOpened(account_id=account, customer_id=customer))


HOLD = text("""
SELECT FROM points_account WHERE customer_id = ANY (:customers)
ORDER BY customer_id FOR NO KEY UPDATE
""")


async def hold_accounts(session: AsyncSession, customers: Iterable[UUID]) -> None:
    """Let nobody else give or take back what these customers earn before this transaction ends."""
    await session.execute(HOLD, {"customers": list(set(customers))})
