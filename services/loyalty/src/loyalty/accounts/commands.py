"""Everything that changes accounts, other than their points."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.events import record
from kit.models import utcnow, uuid7
from loyalty.accounts.events import AccountOpened
from loyalty.accounts.models import PointsAccount
from loyalty.accounts.queries import account_ids


async def open_accounts(session: AsyncSession, customers: Iterable[UUID]) -> dict[UUID, UUID]:
    """Each customer's account, opened and announced if there was none."""
    wanted = set(customers)
    known = await account_ids(session, wanted)
    if missing := sorted(wanted - known.keys()):
        rows = [_new_account(customer) for customer in missing]
        opened = insert(PointsAccount).values(rows).on_conflict_do_nothing()
        for account, customer in await session.execute(
            opened.returning(col(PointsAccount.id), col(PointsAccount.customer_id))
        ):
            record(session, AccountOpened(account_id=account, customer_id=customer))
        known |= await account_ids(session, missing)
    return known


def _new_account(customer: UUID, unit: str | None = None, version: int = 0) -> dict[str, object]:
    return {
        "id": uuid7(),
        "created_at": utcnow(),
        "customer_id": customer,
        "unit": unit,
        "facts_version": version,
    }


async def place_accounts(session: AsyncSession, units: dict[UUID, tuple[str, int]]) -> None:
    """Put each customer's account where the newest facts say: unit and version by customer.

    An account that is not there yet is opened and announced.
    """
    rows = [_new_account(customer, *units[customer]) for customer in sorted(units)]
    placed = insert(PointsAccount).values(rows)
    statement = placed.on_conflict_do_update(
        index_elements=["customer_id"],
        set_={"unit": placed.excluded.unit, "facts_version": placed.excluded.facts_version},
        where=placed.excluded.facts_version > PointsAccount.facts_version,
    ).returning(col(PointsAccount.id), col(PointsAccount.customer_id))
    ids = {row["id"] for row in rows}
    for account, customer in await session.execute(statement):
        if account in ids:
            record(session, AccountOpened(account_id=account, customer_id=customer))


HOLD = text("""
SELECT FROM points_account WHERE customer_id = ANY (:customers)
ORDER BY customer_id FOR NO KEY UPDATE
""")


async def hold_accounts(session: AsyncSession, customers: Iterable[UUID]) -> None:
    """Let nobody else give or take back what these customers earn before this transaction ends."""
    await session.execute(HOLD, {"customers": list(set(customers))})


HOLD_ONE = text("""
SELECT customer_id FROM points_account WHERE customer_id = coalesce(
  (SELECT current_id FROM alias WHERE old_id = :customer), :customer)
FOR NO KEY UPDATE
""").bindparams(bindparam("customer", type_=Uuid))


async def hold_account_of_today(session: AsyncSession, customer: UUID) -> UUID:
    """The same for one customer, under the id they have today, which it answers; or NotFound.

    The caller stays: see `kit.merging.following`.
    """
    found = (await session.execute(HOLD_ONE, {"customer": customer})).scalar_one_or_none()
    if found is None:
        raise NotFound("customer", customer)
    today: UUID = found
    return today
