"""What lies below what: a tree of groups, changed by one at a time."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, or_, text
from sqlmodel import col, func, select

from customer.groups.errors import GroupsInACircle, GroupsTooDeep, TooManyGroups
from customer.profiles.commands import announce
from customer.profiles.models import Customer
from kit.database import AsyncSession

DEEPEST: Final = 8
MOST_CHILDREN: Final = 1_000
LOCK: Final = 0x0C70_6B09
ALONE: Final = text(f"SELECT pg_advisory_xact_lock({LOCK})")
CHAIN: Final = text("""
WITH RECURSIVE above(id, parent_id, level) AS (
  SELECT id, parent_id, 1 FROM customer WHERE id = :id
  UNION ALL
  SELECT customer.id, customer.parent_id, level + 1 FROM customer
  JOIN above ON customer.id = above.parent_id WHERE level <= :deepest
)
SELECT id FROM above ORDER BY level
""").bindparams(bindparam("id", type_=Uuid), deepest=DEEPEST)
HEIGHT: Final = text("""
WITH RECURSIVE under(id, level) AS (
  SELECT CAST(:id AS uuid), 1
  UNION ALL
  SELECT customer.id, level + 1 FROM customer
  JOIN under ON customer.parent_id = under.id WHERE level <= :deepest
)
SELECT max(level) FROM under
""").bindparams(bindparam("id", type_=Uuid), deepest=DEEPEST)


async def hold_hierarchy(session: AsyncSession) -> None:
    """Until this transaction ends, nobody else moves a group.

    Comes before any customer is locked. Two moves that are right each by itself can make a circle
    together, and share no row by which one would wait for the other.
    """
    await session.execute(ALONE)


async def hold_families(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """The same, with these groups and those directly below them locked, in one order."""
    await hold_hierarchy(session)
    asked = any_(bindparam("ids", list(ids), type_=ARRAY(Uuid)))
    statement = select(Customer.id).where(
        or_(col(Customer.id) == asked, col(Customer.parent_id) == asked)
    )
    await session.exec(statement.order_by(col(Customer.id)).with_for_update())


async def chain_of(session: AsyncSession, group_id: UUID) -> list[UUID]:
    """The group itself, then what it lies below, up to the top."""
    return list(await session.scalars(CHAIN, {"id": group_id}))


async def height_of(session: AsyncSession, group_id: UUID) -> int:
    """How many levels the group makes with what lies below it; 1 when nothing does."""
    return int((await session.execute(HEIGHT, {"id": group_id})).scalar_one())


async def refuse_place(session: AsyncSession, group_id: UUID, parent_id: UUID) -> None:
    """Raise why the group can't lie below the parent, if it can't; the hierarchy is held."""
    chain = await chain_of(session, parent_id)
    if group_id in chain:
        raise GroupsInACircle(group_id, parent_id)
    if len(chain) + await height_of(session, group_id) > DEEPEST:
        raise GroupsTooDeep(DEEPEST)
    statement = select(func.count()).where(col(Customer.parent_id) == parent_id)
    if (await session.exec(statement)).one() >= MOST_CHILDREN:
        raise TooManyGroups(parent_id, MOST_CHILDREN)


async def children_of(session: AsyncSession, ids: Sequence[UUID]) -> list[Customer]:
    """The groups directly below these, as they are now."""
    statement = select(Customer).where(col(Customer.parent_id).in_(ids)).order_by(col(Customer.id))
    fresh = statement.execution_options(populate_existing=True)
    return list((await session.exec(fresh)).all())


async def let_go_of_children(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """What lies directly below these groups lies below none, and everybody is told."""
    await hold_families(session, ids)
    children = await children_of(session, ids)
    for each in children:
        each.parent_id = None
    announce(session, children)
    await session.flush()
