"""Looking merges up."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text
from sqlmodel import col, select

from customer.merging.models import CustomerMerge
from customer.profiles.models import Customer
from kit.database import AsyncSession
from kit.errors import NotFound
from kit.identity import Caller
from kit.paging import Page, page
from kit.units import below

ONCE_ONE: Final = text("""
WITH RECURSIVE one(asked, id) AS (
  SELECT id, id FROM unnest(:ids) AS given(id)
  UNION
  SELECT one.asked, CASE WHEN survivor_id = one.id THEN absorbed_id ELSE survivor_id END
  FROM one JOIN customer_merge ON one.id IN (survivor_id, absorbed_id)
  WHERE undone_at IS NOT NULL
)
SELECT asked, id FROM one WHERE id <> asked
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def merges_of(
    session: AsyncSession, ids: Sequence[UUID], *, first: int, after: str | None
) -> Page[CustomerMerge]:
    """Every merge that one of these ids was part of, also those taken back, newest first."""
    statement = select(CustomerMerge).where(
        col(CustomerMerge.survivor_id).in_(ids) | col(CustomerMerge.absorbed_id).in_(ids)
    )
    return await page(session, statement, [col(CustomerMerge.id)], first=first, after=after)


async def merges_in(
    session: AsyncSession, caller: Caller, *, first: int, after: str | None
) -> Page[CustomerMerge]:
    """The merges of customers of whom both were in the caller's units."""
    statement = select(CustomerMerge).where(
        below(col(CustomerMerge.unit), caller.unit or ""),
        below(col(CustomerMerge.absorbed_unit), caller.unit or ""),
    )
    return await page(session, statement, [col(CustomerMerge.id)], first=first, after=after)


def may_see_merge(caller: Caller, merge: CustomerMerge) -> bool:
    return caller.sees(merge.unit) and caller.sees(merge.absorbed_unit)


async def merge_for_update(session: AsyncSession, merge_id: UUID, caller: Caller) -> CustomerMerge:
    """The merge, locked; NotFound when there is none that the caller may see."""
    statement = select(CustomerMerge).where(col(CustomerMerge.id) == merge_id).with_for_update()
    merge = (await session.exec(statement)).first()
    if merge is None or not may_see_merge(caller, merge):
        raise NotFound("merge", merge_id)
    return merge


async def later_merges_into(session: AsyncSession, merge: CustomerMerge) -> list[CustomerMerge]:
    """What was merged into the same survivor since, and stands; the latest first."""
    statement = (
        select(CustomerMerge)
        .where(
            col(CustomerMerge.survivor_id) == merge.survivor_id,
            col(CustomerMerge.undone_at).is_(None),
            col(CustomerMerge.created_at) > merge.created_at,
        )
        .order_by(col(CustomerMerge.created_at).desc())
        .with_for_update()
    )
    return list((await session.exec(statement)).all())


async def were_taken_apart(session: AsyncSession, one: UUID, other: UUID) -> bool:
    """Whether these two were merged once, and somebody took it back."""
    statement = select(CustomerMerge.id).where(
        col(CustomerMerge.survivor_id).in_([one, other]),
        col(CustomerMerge.absorbed_id).in_([one, other]),
        col(CustomerMerge.undone_at).is_not(None),
    )
    return (await session.exec(statement.limit(1))).first() is not None


async def once_one_with(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Each of these with all who were one with them by merges that were taken back."""
    rows = (await session.execute(ONCE_ONE, {"ids": list(ids)})).all()
    found: dict[UUID, set[UUID]] = {}
    for asked, other in rows:
        found.setdefault(asked, set()).add(other)
    return found


async def locked_by_id(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Customer]:
    """These very records, locked in one order; an id that was absorbed has none."""
    statement = (
        select(Customer)
        .where(col(Customer.id).in_(ids))
        .order_by(col(Customer.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {each.id: each for each in (await session.exec(statement)).all()}
