"""How accounts are looked up, and who may see them."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select
from sqlmodel import col

from kit.database import AsyncSession, Database
from kit.errors import NotFound
from kit.identity import Caller
from kit.rows import Rows
from loyalty.accounts.models import PointsAccount

Shown: TypeAlias = Any
"""An account as read for showing: the columns of the model, and no way to change them."""

_columns: list[Any] = [
    PointsAccount.id,
    PointsAccount.customer_id,
    PointsAccount.unit,
    PointsAccount.balance,
    PointsAccount.debt,
]
_shown = select(*_columns)
_many = bindparam("ids", type_=ARRAY(Uuid))
_of_customers = select(col(PointsAccount.customer_id), col(PointsAccount.id)).where(
    col(PointsAccount.customer_id) == any_(_many)
)
_by_id = Rows(_shown.where(col(PointsAccount.id) == any_(_many)))
_by_customer = Rows(_shown.where(col(PointsAccount.customer_id) == any_(_many)))


def may_see(caller: Caller, account: PointsAccount | Shown) -> bool:
    """A customer sees their own account, others those of their unit's subtree."""
    if "customer" in caller.roles:
        return caller.claims.get("customer") == str(account.customer_id)
    return account.unit is not None and caller.sees(account.unit)


async def accounts_by_id(db: Database, ids: Sequence[UUID], caller: Caller) -> dict[UUID, Shown]:
    return {row.id: row for row in await _by_id.all(db, ids=ids) if may_see(caller, row)}


async def accounts_by_customer(
    db: Database, customers: Sequence[UUID], caller: Caller
) -> dict[UUID, Shown]:
    rows = await _by_customer.all(db, ids=customers)
    return {row.customer_id: row for row in rows if may_see(caller, row)}


async def visible_account(session: AsyncSession, account_id: UUID, caller: Caller) -> PointsAccount:
    """The account, or NotFound when there is none that the caller may see."""
    account = await session.get(PointsAccount, account_id)
    if account is None or not may_see(caller, account):
        raise NotFound("points account", account_id)
    return account


async def account_ids(session: AsyncSession, customers: Iterable[UUID]) -> dict[UUID, UUID]:
    """Customer to account, for those who have one."""
    rows = await session.execute(_of_customers, {"ids": list(customers)})
    return {row.customer_id: row.id for row in rows}
