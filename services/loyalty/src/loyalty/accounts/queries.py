"""How accounts are looked up, and who may see them."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select

from kit.database import AsyncSession
from kit.errors import NotFound
from kit.identity import Caller
from loyalty.accounts.models import PointsAccount


def may_see(caller: Caller, account: PointsAccount) -> bool:
    """A customer sees their own account, others those of their unit's subtree."""
    if "customer" in caller.roles:
        return caller.claims.get("customer") == str(account.customer_id)
    return account.unit is not None and caller.sees(account.unit)


async def accounts_by_id(
    session: AsyncSession, ids: Iterable[UUID], caller: Caller
) -> dict[UUID, PointsAccount]:
    rows = await session.exec(select(PointsAccount).where(col(PointsAccount.id).in_(ids)))
    return {row.id: row for row in rows if may_see(caller, row)}


async def visible_account(session: AsyncSession, account_id: UUID, caller: Caller) -> PointsAccount:
    """The account, or NotFound when there is none that the caller may see."""
    found = await accounts_by_id(session, [account_id], caller)
    if account_id not in found:
        raise NotFound("points account", account_id)
    return found[account_id]


async def accounts_by_customer(
    session: AsyncSession, customers: Iterable[UUID], caller: Caller
) -> dict[UUID, PointsAccount]:
    rows = await session.exec(
        select(PointsAccount).where(col(PointsAccount.customer_id).in_(customers))
    )
    return {row.customer_id: row for row in rows if may_see(caller, row)}


async def account_ids(session: AsyncSession, customers: Iterable[UUID]) -> dict[UUID, UUID]:
    """Customer to account, for those who have one."""
    rows = await session.execute(
        select(PointsAccount.customer_id, PointsAccount.id).where(
            col(PointsAccount.customer_id).in_(customers)
        )
    )
    return {row.customer_id: row.id for row in rows}
