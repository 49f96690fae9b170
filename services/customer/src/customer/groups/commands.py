"""Everything that changes groups, and who belongs to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from customer.groups.errors import NotAGroup, NotAnIndividual, TooManyGroups
from customer.groups.hierarchy import hold_hierarchy, refuse_place
from customer.memberships.commands import begin_membership, end_membership
from customer.memberships.models import GroupMembership, GroupRole
from customer.memberships.queries import count_groups_of, standing_membership
from customer.profiles.commands import announce
from customer.profiles.facts import CustomerKind, GroupClass, KnownFacts
from customer.profiles.models import Customer
from customer.profiles.queries import customer_for_update, customers_for_update, may_see
from customer.texts import checked_text
from kit.database import AsyncSession
from kit.errors import InvalidInput, NotFound
from kit.identity import Caller
from kit.models import utcnow

LONGEST_SUBJECT: Final = 200
MOST_GROUPS: Final = 20


@dataclass(frozen=True, slots=True)
class NewMembership:
    """An individual who is to be in a group; from now on, unless it is said since when."""

    group_id: UUID
    member_id: UUID
    role: GroupRole = GroupRole.MEMBER
    since: datetime | None = None


async def set_group_details(
    session: AsyncSession,
    group_id: UUID,
    group_class: GroupClass | None,
    account_manager: str | None,
    caller: Caller,
) -> Customer:
    """Both as they are to be; None takes one away. NotAGroup for an individual."""
    if account_manager is not None:
        account_manager = checked_text(account_manager, "accountManager", LONGEST_SUBJECT)
    group = await customer_for_update(session, group_id, caller)
    require_group(group)
    if (group.group_class, group.account_manager) != (group_class, account_manager):
        group.group_class, group.account_manager = group_class, account_manager
        announce(session, [group])
    return group


async def set_group_parent(
    session: AsyncSession, group_id: UUID, parent_id: UUID | None, caller: Caller
) -> Customer:
    """Have a group lie directly below another, or below none.

    Refused as NotAGroup, GroupsInACircle, GroupsTooDeep, TooManyGroups. Comes first in a
    transaction.
    """
    await hold_hierarchy(session)
    if parent_id is None:
        group = await customer_for_update(session, group_id, caller)
        parent = None
    else:
        group, parent = await two_customers(session, group_id, parent_id, caller)
        require_group(parent)
    require_group(group)
    wanted = parent.id if parent else None
    if group.parent_id != wanted:
        if wanted is not None:
            await refuse_place(session, group.id, wanted)
        group.parent_id = wanted
        announce(session, [group])
    return group


async def add_group_member(
    session: AsyncSession, new: NewMembership, caller: Caller
) -> GroupMembership:
    """Somebody belongs to a group.

    Said again it changes nothing; with another role, the membership so far ends and one begins.
    """
    now = utcnow()
    since = new.since or now
    if since > now:
        raise InvalidInput("since", "is not in the future")
    group, member = await two_customers(session, new.group_id, new.member_id, caller)
    require_group(group)
    _require_individual(member)
    known = await standing_membership(session, group.id, member.id)
    if known and known.role == new.role:
        return known
    if known:
        if since < known.since:
            raise InvalidInput("since", "lies before the membership that it would end")
        await end_membership(session, known, since)
    elif await count_groups_of(session, member.id) >= MOST_GROUPS:
        raise TooManyGroups(member.id, MOST_GROUPS)
    membership = GroupMembership(group_id=group.id, member_id=member.id, role=new.role, since=since)
    await begin_membership(session, membership)
    return membership


async def remove_group_member(
    session: AsyncSession, group_id: UUID, member_id: UUID, caller: Caller
) -> GroupMembership:
    """The membership ends now, and is kept; NotFound when none stands."""
    group, member = await two_customers(session, group_id, member_id, caller)
    known = await standing_membership(session, group.id, member.id)
    if known is None:
        raise NotFound("group member", member_id)
    await end_membership(session, known, utcnow())
    return known


async def two_customers(
    session: AsyncSession, one_id: UUID, other_id: UUID, caller: Caller
) -> tuple[Customer, Customer]:
    """Both, locked in one order; NotFound for one that the caller may not see."""
    found = await customers_for_update(session, [one_id, other_id])
    for each in (one_id, other_id):
        if each not in found or not may_see(caller, found[each]):
            raise NotFound("customer", each)
    return found[one_id], found[other_id]


def require_group(customer: KnownFacts) -> None:
    if customer.kind != CustomerKind.GROUP:
        raise NotAGroup(customer.id)


def _require_individual(customer: KnownFacts) -> None:
    if customer.kind != CustomerKind.INDIVIDUAL:
        raise NotAnIndividual(customer.id)
