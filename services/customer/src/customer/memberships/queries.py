"""Looking memberships up."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from customer.memberships.models import GroupMembership, GroupRole
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


async def standing_roles(
    session: AsyncSession, member_ids: Collection[UUID]
) -> dict[UUID, dict[UUID, GroupRole]]:
    """Each member with the groups they belong to now, and as what."""
    statement = select(GroupMembership).where(
        col(GroupMembership.member_id).in_(member_ids), col(GroupMembership.standing).is_(True)
    )
    found: dict[UUID, dict[UUID, GroupRole]] = {}
    for each in (await session.exec(statement)).all():
        found.setdefault(each.member_id, {})[each.group_id] = GroupRole(each.role)
    return found


async def count_groups_of(session: AsyncSession, member_id: UUID) -> int:
    statement = select(func.count()).where(
        col(GroupMembership.member_id) == member_id, col(GroupMembership.standing).is_(True)
    )
    return (await session.exec(statement)).one()
