"""Groups in the graph: changing them, and who belongs to them."""

from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from customer.groups import commands, errors, queries
from customer.memberships.models import GroupRole
from customer.profiles.facts import GroupClass
from customer.profiles.graph.customer import Customer, GroupMembership
from customer.profiles.graph.known import STAFF
from customer.profiles.graph.mutations import WRITERS, CustomerWasChanged, changed
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import InvalidInput, NotFound, Refusal, answers


@strawberry.type(description="An individual stands where only a group can.")
class NotAGroup(Refusal):
    customer_id: UUID = strawberry.field(description="The individual.")


@strawberry.type(description="A group stands where only an individual can.")
class NotAnIndividual(Refusal):
    customer_id: UUID = strawberry.field(description="The group.")


@strawberry.type(description="A group would lie below itself.")
class GroupsInACircle(Refusal):
    pass


@strawberry.type(description="Too many groups would lie below one another.")
class GroupsTooDeep(Refusal):
    deepest: int = strawberry.field(description="How many levels there may be.")


@strawberry.type(
    description="A group has as many directly below it, or an individual is in as many, as there "
    "may be."
)
class TooManyGroups(Refusal):
    most: int = strawberry.field(description="How many there may be.")


@strawberry.type(description="The membership is as asked for.")
class GroupMembershipWasChanged:
    membership: GroupMembership = strawberry.field(description="As it is now.")


ChangeGroupResult: TypeAlias = Annotated[
    CustomerWasChanged | NotAGroup | NotFound | InvalidInput, strawberry.union("ChangeGroupResult")
]
SetGroupParentResult: TypeAlias = Annotated[
    CustomerWasChanged | NotAGroup | GroupsInACircle | GroupsTooDeep | TooManyGroups | NotFound,
    strawberry.union("SetGroupParentResult"),
]
AddGroupMemberResult: TypeAlias = Annotated[
    GroupMembershipWasChanged
    | NotAGroup
    | NotAnIndividual
    | TooManyGroups
    | NotFound
    | InvalidInput,
    strawberry.union("AddGroupMemberResult"),
]
RemoveGroupMemberResult: TypeAlias = Annotated[
    GroupMembershipWasChanged | NotFound, strawberry.union("RemoveGroupMemberResult")
]


@strawberry.input(description="What is to hold of a group; null takes it away.")
class GroupDetailsInput:
    group_class: GroupClass | None = strawberry.field(
        name="class", default=None, description="How much it weighs."
    )
    account_manager: str | None = strawberry.field(
        default=None,
        description="The subject of the colleague who looks after it, 1 to 200 characters.",
    )


@strawberry.input(description="An individual who belongs to a group.")
class GroupMemberInput:
    group_id: UUID = strawberry.field(description="The group.")
    member_id: UUID = strawberry.field(description="The individual; in at most 20 groups at once.")
    role: GroupRole = strawberry.field(
        default=GroupRole.MEMBER,
        description="What they are in it; another one ends the one so far.",
    )
    since: datetime | None = strawberry.field(
        default=None, description="From when on, not in the future; null: from now on."
    )

    def told(self) -> commands.NewMembership:
        return commands.NewMembership(self.group_id, self.member_id, self.role, self.since)


@strawberry.type
class GroupQuery:
    @strawberry.field(
        description="The groups in the caller's units, newest first.", extensions=[Roles(*STAFF)]
    )
    async def group_customers(
        self,
        info: Info,
        group_class: Annotated[
            GroupClass | None,
            strawberry.argument(name="class", description="Only those of this class."),
        ] = None,
        account_manager: Annotated[
            str | None, strawberry.argument(description="Only those this colleague looks after.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Customer] | None:
        caller = info.context.caller
        wanted = queries.Wanted(group_class, account_manager)
        async with info.context.db.reading() as session:
            found = await queries.groups(session, wanted, caller, first=first, after=after)
        return Connection.of(found, lambda row: Customer.of(row, caller))


@strawberry.type
class GroupMutation:
    @strawberry.mutation(
        description="Say which class a group is of and who looks after it. "
        "Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def set_group_details(
        self, info: Info, group_id: UUID, details: GroupDetailsInput
    ) -> ChangeGroupResult:
        async with info.context.db.transaction() as session:
            group = await commands.set_group_details(
                session,
                group_id,
                details.group_class,
                details.account_manager,
                info.context.caller,
            )
        return changed(info, group)

    @strawberry.mutation(
        description="Have a group lie directly below another: never below itself, at most 8 levels "
        "deep, at most 1,000 directly below one. Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def set_group_parent(
        self,
        info: Info,
        group_id: UUID,
        parent_id: Annotated[
            UUID | None, strawberry.argument(description="The other; null: below none.")
        ] = None,
    ) -> SetGroupParentResult:
        async with info.context.db.transaction() as session:
            group = await commands.set_group_parent(
                session, group_id, parent_id, info.context.caller
            )
        return changed(info, group)

    @strawberry.mutation(
        description="Have an individual belong to a group. Said again it changes nothing.",
        extensions=[Roles(*WRITERS)],
    )
    async def add_group_member(self, info: Info, input: GroupMemberInput) -> AddGroupMemberResult:
        async with info.context.db.transaction() as session:
            membership = await commands.add_group_member(session, input.told(), info.context.caller)
        return GroupMembershipWasChanged(membership=GroupMembership.of(membership))

    @strawberry.mutation(
        description="An individual leaves a group now; that they were in it is kept.",
        extensions=[Roles(*WRITERS)],
    )
    async def remove_group_member(
        self, info: Info, group_id: UUID, member_id: UUID
    ) -> RemoveGroupMemberResult:
        async with info.context.db.transaction() as session:
            membership = await commands.remove_group_member(
                session, group_id, member_id, info.context.caller
            )
        return GroupMembershipWasChanged(membership=GroupMembership.of(membership))


answered = [
    answers(errors.NotAGroup, NotAGroup),
    answers(errors.NotAnIndividual, NotAnIndividual),
    answers(errors.GroupsInACircle, GroupsInACircle),
    answers(errors.GroupsTooDeep, GroupsTooDeep),
    answers(errors.TooManyGroups, TooManyGroups),
]
