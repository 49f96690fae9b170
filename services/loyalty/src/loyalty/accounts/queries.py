"""How accounts are looked up, and who may see them."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, any_, bindparam, exists, func, select, text
from sqlmodel import col

from kit.database import AsyncSession, Database
from kit.errors import NotFound
from kit.identity import Caller
from kit.rows import Rows
from kit.tables import erased_person
from loyalty.accounts.models import PointsAccount, Wallet
from loyalty.currencies.models import POINTS

Shown: TypeAlias = Any
"""An account as read for showing: the columns of the model, and no way to change them."""

_columns: list[Any] = [
    PointsAccount.id,
    PointsAccount.customer_id,
    PointsAccount.unit,
    *(
        func.coalesce(col(getattr(Wallet, name)), 0).label(name)
        for name in ("balance", "pending", "locked", "debt")
    ),
    exists().where(erased_person.c.id == PointsAccount.customer_id).label("is_nobodys"),
]
_points = and_(col(Wallet.account_id) == PointsAccount.id, col(Wallet.currency) == POINTS)
_many = bindparam("ids", type_=ARRAY(Uuid))
_shown = select(*_columns).outerjoin_from(PointsAccount, Wallet, _points)
_wallets = Rows(
    select(*Wallet.__table__.columns)  # type: ignore[attr-defined]
    .where(col(Wallet.account_id) == any_(_many))
    .order_by(col(Wallet.account_id), col(Wallet.currency))
)
_of_customers = select(col(PointsAccount.customer_id), col(PointsAccount.id)).where(
    col(PointsAccount.customer_id) == any_(_many)
)
OF_ONE_MEMBER = text("SELECT are_of_one_member(:one, :other)")
_by_id = Rows(_shown.where(col(PointsAccount.id) == any_(_many)))
_by_customer = Rows(_shown.where(col(PointsAccount.customer_id) == any_(_many)))


def may_see(caller: Caller, account: Shown) -> bool:
    """A customer sees their own account, others those of their unit's subtree.

    What stands of somebody who was erased is nobody's own.
    """
    if "customer" in caller.roles:
        own: bool = caller.claims.get("customer") == str(account.customer_id)
        return own and not account.is_nobodys
    return account.unit is not None and caller.sees(account.unit)


async def accounts_by_id(db: Database, ids: Sequence[UUID], caller: Caller) -> dict[UUID, Shown]:
    return {row.id: row for row in await _by_id.all(db, ids=ids) if may_see(caller, row)}


async def accounts_by_customer(
    db: Database, customers: Sequence[UUID], caller: Caller
) -> dict[UUID, Shown]:
    rows = await _by_customer.all(db, ids=customers)
    return {row.customer_id: row for row in rows if may_see(caller, row)}


async def members_by_customer(
    db: Database, customers: Sequence[UUID], caller: Caller
) -> dict[UUID, Shown]:
    """The same, of whoever can still do something: nothing more is kept of the erased."""
    found = await accounts_by_customer(db, customers, caller)
    return {each: row for each, row in found.items() if not row.is_nobodys}


async def wallets_of(db: Database, accounts: Sequence[UUID]) -> dict[UUID, list[Shown]]:
    """Each account's wallets, those in which something has ever moved."""
    found: dict[UUID, list[Shown]] = {each: [] for each in accounts}
    for row in await _wallets.all(db, ids=accounts):
        found[row.account_id].append(row)
    return found


async def visible_account(db: Database, account_id: UUID, caller: Caller) -> Shown:
    """The account, or NotFound when there is none that the caller may see."""
    found = await accounts_by_id(db, [account_id], caller)
    if account_id not in found:
        raise NotFound("points account", account_id)
    return found[account_id]


async def account_ids(session: AsyncSession, customers: Iterable[UUID]) -> dict[UUID, UUID]:
    """Customer to account, for those who have one."""
    rows = await session.execute(_of_customers, {"ids": list(customers)})
    return {row.customer_id: row.id for row in rows}


async def are_of_one_member(session: AsyncSession, one: UUID, other: UUID) -> bool:
    """Whether two accounts are one person's, or were while two were merged."""
    asked = {"one": one, "other": other}
    return one == other or bool((await session.execute(OF_ONE_MEMBER, asked)).scalar_one())
