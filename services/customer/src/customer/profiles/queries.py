"""Looking customers up."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, false, select
from sqlmodel import col
from sqlmodel import select as select_model

from customer.entity import table_of
from customer.identifiers.queries import owners, survivors
from customer.profiles.models import Customer
from kit.database import AsyncSession, Database
from kit.errors import NotFound
from kit.identity import Caller
from kit.paging import Page, page
from kit.rows import Rows
from kit.units import below

Shown: TypeAlias = Any
"""A customer as read for showing: the columns of the model, and no way to change them."""

NOBODY: Final = UUID(int=0)
_table = table_of(Customer)
_by_id = select(*_table.c).where(_table.c.id == bindparam("id", type_=Uuid))
_by_ids = Rows(select(*_table.c).where(_table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))))


def may_see(caller: Caller, customer: Shown | Customer) -> bool:
    """Customers see themselves, everybody else their unit's subtree."""
    if is_customer(caller):
        return bool(customer.id == _own_id(caller))
    return caller.sees(customer.unit)


def visible_to(caller: Caller) -> ColumnElement[bool]:
    """The same as a condition on the table."""
    if is_customer(caller):
        return col(Customer.id) == _own_id(caller)
    return below(col(Customer.unit), caller.unit) if caller.unit else false()


def is_customer(caller: Caller) -> bool:
    return "customer" in caller.roles


def _own_id(caller: Caller) -> UUID:
    """A claim that is missing, or no id, is nobody's."""
    try:
        return UUID(str(caller.claims.get("customer")))
    except ValueError:
        return NOBODY


async def customer_by_id(session: AsyncSession, customer_id: UUID) -> Shown | None:
    """The customer who has, or once had, this id."""
    row = (await session.execute(_by_id, {"id": customer_id})).first()
    if row is None and (known_by := await survivors(session, [customer_id])):
        row = (await session.execute(_by_id, {"id": known_by[customer_id]})).first()
    return row


async def customers_by_ids(db: Database, ids: Sequence[UUID]) -> dict[UUID, Shown]:
    """Each asked id with its customer; old ids answer with the customer of today."""
    found: dict[UUID, Shown] = {row.id: row for row in await _by_ids.all(db, ids=ids)}
    if missing := [each for each in ids if each not in found]:
        async with db.reading() as session:
            known_by = await survivors(session, missing)
        if known_by:
            rows = await _by_ids.all(db, ids=list(known_by.values()))
            today = {row.id: row for row in rows}
            found |= {old: today[new] for old, new in known_by.items()}
    return found


async def customer_by_identifier(session: AsyncSession, scheme: str, value: str) -> Shown | None:
    owner = (await owners(session, [(scheme, value)])).get((scheme, value))
    return await customer_by_id(session, owner) if owner else None


async def customers(
    session: AsyncSession, caller: Caller, *, first: int, after: str | None
) -> Page[Customer]:
    statement = select_model(Customer).where(visible_to(caller))
    return await page(session, statement, [col(Customer.id)], first=first, after=after)


async def groups_below(
    session: AsyncSession, group_id: UUID, caller: Caller, *, first: int, after: str | None
) -> Page[Customer]:
    """The groups directly below one."""
    below_it = col(Customer.parent_id) == group_id
    statement = select_model(Customer).where(below_it, visible_to(caller))
    return await page(session, statement, [col(Customer.id)], first=first, after=after)


async def customers_for_update(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Customer]:
    """Each asked id with its customer, locked in one order whoever asks; old ids count too."""
    asked = set(ids)
    found = await _lock(session, asked)
    if missing := asked - found.keys():
        # Whoever was merged while we waited is found under the id they have since.
        known_by = await survivors(session, sorted(missing))
        found |= await _lock(session, known_by) if known_by else {}
    return found


async def _lock(session: AsyncSession, asked: Collection[UUID]) -> dict[UUID, Customer]:
    known_by = await survivors(session, sorted(asked))
    wanted = {known_by.get(each, each) for each in asked}
    statement = (
        select_model(Customer)
        .where(col(Customer.id) == any_(bindparam("ids", list(wanted), type_=ARRAY(Uuid))))
        .order_by(col(Customer.id))
        .with_for_update()
    )
    found = {each.id: each for each in (await session.exec(statement)).all()}
    today = ((each, found.get(known_by.get(each, each))) for each in asked)
    return {each: customer for each, customer in today if customer is not None}


async def customer_for_update(session: AsyncSession, customer_id: UUID, caller: Caller) -> Customer:
    """The customer, locked; NotFound when there is none that the caller may see."""
    found = await customers_for_update(session, [customer_id])
    customer = found.get(customer_id)
    if customer is None or not may_see(caller, customer):
        raise NotFound("customer", customer_id)
    return customer
