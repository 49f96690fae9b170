"""Looking memberships up."""

from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from customer.memberships.models import GroupMembership
from kit.database import AsyncSession
from kit.paging import Page, page


async def memberships(
    session: AsyncSession,
    wanted: ColumnElement[bool],
    *,
    ended: bool,
    first: int,
    after: str | None,
) -> Page[GroupMembership]:
    """Those that stand, or also those that have ended, newest first."""
    statement = select(GroupMembership).where(wanted)
    if not ended:
        statement = statement.where(col(GroupMembership.standing).is_(True))
    return await page(session, statement, [col(GroupMembership.id)], first=first, after=after)


async def standing_membership(
    session: AsyncSession, group_id: UUID, member_id: UUID
) -> GroupMembership | None:
    """The one that lasts; both customers are locked already."""
    statement = select(GroupMembership).where(
        GroupMembership.group_id == group_id,
        GroupMembership.member_id == member_id,
        col(GroupMembership.standing).is_(True),
    )
    return (await session.exec(statement)).first()


async def count_groups_of(session: AsyncSession, member_id: UUID) -> int:
    statement = select(func.count()).where(
        col(GroupMembership.member_id) == member_id, col(GroupMembership.standing).is_(True)
    )
    return (await session.exec(statement)).one()
