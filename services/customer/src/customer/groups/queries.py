"""Looking groups up."""

from dataclasses import dataclass

from sqlmodel import col, select

from customer.profiles.facts import CustomerKind, GroupClass
from customer.profiles.models import Customer
from customer.profiles.queries import visible_to
from kit.database import AsyncSession
from kit.identity import Caller
from kit.paging import Page, page


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which groups; None leaves a choice open."""

    group_class: GroupClass | None = None
    account_manager: str | None = None


async def groups(
    session: AsyncSession, wanted: Wanted, caller: Caller, *, first: int, after: str | None
) -> Page[Customer]:
    """The groups that the caller may see, newest first."""
    statement = select(Customer).where(Customer.kind == CustomerKind.GROUP, visible_to(caller))
    if wanted.group_class:
        statement = statement.where(Customer.group_class == wanted.group_class)
    if wanted.account_manager:
        statement = statement.where(Customer.account_manager == wanted.account_manager)
    return await page(session, statement, [col(Customer.id)], first=first, after=after)
