"""Everything that changes who belongs to groups: kept, told, and put on the timeline."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel import col, select

from customer.memberships.events import GroupMembershipChanged
from customer.memberships.models import GroupMembership, GroupRole
from customer.timeline.commands import Entry, keep_own_entries
from kit.database import AsyncSession
from kit.events import record
from kit.models import uuid7


class Joining(Protocol):
    """Somebody who comes into a group, or gets another role in it."""

    @property
    def group_id(self) -> UUID: ...
    @property
    def member_id(self) -> UUID: ...
    @property
    def role(self) -> GroupRole: ...
    @property
    def since(self) -> datetime: ...


async def join_groups(session: AsyncSession, joining: Sequence[Joining]) -> None:
    """Each membership so far in another role ends, and the new one begins; members are locked."""
    if not joining:
        return
    members = {each.member_id for each in joining}
    statement = select(GroupMembership).where(
        col(GroupMembership.member_id).in_(members), col(GroupMembership.standing).is_(True)
    )
    standing = {(e.group_id, e.member_id): e for e in (await session.exec(statement)).all()}
    for each in joining:
        known = standing.get((each.group_id, each.member_id))
        if known is not None and known.role == each.role:
            continue
        if known is not None:
            await end_membership(session, known, each.since)
        new = GroupMembership(
            group_id=each.group_id, member_id=each.member_id, role=each.role, since=each.since
        )
        standing[(each.group_id, each.member_id)] = new
        await begin_membership(session, new)


async def begin_membership(session: AsyncSession, membership: GroupMembership) -> None:
    session.add(membership)
    await session.flush()
    await _tell(session, membership, "group_joined", membership.since)


async def end_membership(session: AsyncSession, membership: GroupMembership, at: datetime) -> None:
    """It is over; not before it began."""
    membership.end(at)
    session.add(membership)
    await session.flush()
    await _tell(session, membership, "group_left", membership.until or at)


async def _tell(
    session: AsyncSession, membership: GroupMembership, kind: str, at: datetime
) -> None:
    """An event, and an entry on the timelines of both."""
    facts = {name: getattr(membership, name) for name in ("group_id", "role", "since", "until")}
    told = {"membership_id": membership.id, "customer_id": membership.member_id}
    record(session, GroupMembershipChanged(**told, **facts))
    await keep_own_entries(session, list(_entries(membership, kind, at)))


def _entries(membership: GroupMembership, kind: str, at: datetime) -> Iterable[Entry]:
    said = "Came into" if kind == "group_joined" else "Left"
    role = str(membership.role).replace("_", " ")
    for whose, title in (
        (membership.member_id, f"{said} a group as {role}"),
        (membership.group_id, f"A {role} {'came' if kind == 'group_joined' else 'left'}"),
    ):
        yield Entry(
            id=uuid7(),
            customer_id=whose,
            occurred_at=at,
            kind=kind,
            title=title,
            details=[
                ["group_id", str(membership.group_id)],
                ["member_id", str(membership.member_id)],
                ["role", str(membership.role)],
            ],
        )
