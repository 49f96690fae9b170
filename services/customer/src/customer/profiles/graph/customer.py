"""The customer in the graph, and how customers are found there."""

from datetime import datetime
from typing import Annotated, Any, Final, Self, TypeAlias
from uuid import UUID

import strawberry
from sqlmodel import col, select

from customer.memberships.models import GroupMembership as Membership
from customer.memberships.models import GroupRole
from customer.memberships.queries import memberships
from customer.profiles.facts import CustomerKind, CustomerStatus, GroupClass
from customer.profiles.graph.known import STAFF, KnownOfCustomer
from customer.profiles.graph.loading import customers_by_ids, old_ids_of
from customer.profiles.models import Customer as CustomerRow
from customer.profiles.queries import groups_below, visible_to
from customer.sight import SIGHT
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.identity import Caller

READERS: Final = (*STAFF, "partner", "customer")
Ended: TypeAlias = Annotated[
    bool, strawberry.argument(description="Whether those that are over come too.")
]


@strawberry.type(description="An individual in a group, from when to when.")
class GroupMembership:
    group_id: strawberry.Private[UUID]
    member_id: strawberry.Private[UUID]

    id: UUID = strawberry.field(description="Of this membership.")
    role: GroupRole = strawberry.field(description="What they are in it.")
    since: datetime = strawberry.field(description="From when on.")
    until: datetime | None = strawberry.field(description="Until when; null while it lasts.")

    @classmethod
    def of(cls, membership: Membership) -> Self:
        return cls(
            group_id=membership.group_id,
            member_id=membership.member_id,
            id=membership.id,
            role=GroupRole(membership.role),
            since=membership.since,
            until=membership.until,
        )

    @strawberry.field(description="The group; null when it is not in the caller's units.")
    async def group(self, info: Info) -> "Customer | None":
        return await _shown(info, self.group_id)

    @strawberry.field(description="The individual; null when they are not in the caller's units.")
    async def member(self, info: Info) -> "Customer | None":
        return await _shown(info, self.member_id)


@strawberry.federation.type(
    keys=["id"], description="An individual or a group that is, was or may become a customer."
)
class Customer(KnownOfCustomer):
    version: int = strawberry.field(description="One more with every change.")
    kind: CustomerKind = strawberry.field(description="Individual or group.")
    status: CustomerStatus = strawberry.field(description="Where they stand with us.")
    unit: str = strawberry.field(description="The OrgUnit they belong to, as a path.")
    time_zone: str = strawberry.field(description="Where they live, for quiet hours.")
    registered_at: datetime = strawberry.field(description="Since when we know them.")

    @classmethod
    def of(cls, row: Any, caller: Caller) -> Self:
        return cls(
            row=row,
            whole=SIGHT.is_whole(caller),
            id=row.id,
            version=row.version,
            kind=CustomerKind(row.kind),
            status=CustomerStatus(row.status),
            unit=row.unit,
            time_zone=row.time_zone,
            registered_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> "Customer | None":
        """The gateway hands over the key as JSON has it."""
        info.context.caller.require_role(*READERS)
        try:
            row = await info.context.loader(customers_by_ids).load(UUID(id))
        except ValueError:
            return None
        return cls.of(row, info.context.caller) if row else None

    @strawberry.field(
        name="class", description="Of a group: how much it weighs.", extensions=[Roles(*STAFF)]
    )
    def group_class(self) -> GroupClass | None:
        return GroupClass(self.row.group_class) if self.row.group_class else None

    @strawberry.field(
        description="Of a group: the subject of the colleague who looks after it.",
        extensions=[Roles(*STAFF)],
    )
    def account_manager(self) -> str | None:
        manager: str | None = self.row.account_manager
        return manager

    @strawberry.field(
        description="Of a group: the group it lies directly below; null when there is none in "
        "the caller's units.",
        extensions=[Roles(*STAFF)],
    )
    async def parent(self, info: Info) -> "Customer | None":
        return await _shown(info, self.row.parent_id) if self.row.parent_id else None

    @strawberry.field(
        description="Of a group: the groups directly below it in the caller's units, newest first.",
        extensions=[Roles(*STAFF)],
    )
    async def children(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection["Customer"] | None:
        caller = info.context.caller
        async with info.context.db.reading() as session:
            found = await groups_below(session, self.id, caller, first=first, after=after)
        return Connection.of(found, lambda row: Customer.of(row, caller))

    @strawberry.field(
        description="Of a group: who belongs to it in the caller's units, newest first.",
        extensions=[Roles(*STAFF)],
    )
    async def members(
        self, info: Info, first: First = 20, after: After = None, ended: Ended = False
    ) -> Connection[GroupMembership] | None:
        return await self._memberships(
            info, Membership.group_id, Membership.member_id, ended, first, after
        )

    @strawberry.field(
        description="Of an individual: the groups in the caller's units they belong to, newest "
        "first.",
        extensions=[Roles(*STAFF)],
    )
    async def groups(
        self, info: Info, first: First = 20, after: After = None, ended: Ended = False
    ) -> Connection[GroupMembership] | None:
        return await self._memberships(
            info, Membership.member_id, Membership.group_id, ended, first, after
        )

    async def _memberships(
        self, info: Info, own: Any, other: Any, ended: bool, first: int, after: str | None
    ) -> Connection[GroupMembership]:
        ids = [self.id, *await info.context.loader(old_ids_of).load(self.id)]
        seen = select(CustomerRow.id).where(visible_to(info.context.caller))
        wanted = col(own).in_(ids) & col(other).in_(seen)
        async with info.context.db.reading() as session:
            found = await memberships(session, wanted, ended=ended, first=first, after=after)
        return Connection.of(found, GroupMembership.of)


async def _shown(info: Info, customer_id: UUID) -> Customer | None:
    row = await info.context.loader(customers_by_ids).load(customer_id)
    return Customer.of(row, info.context.caller) if row else None
