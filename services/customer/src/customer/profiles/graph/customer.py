"""The customer in the graph, and how customers are found there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Tag

from customer.accesses.noting import saw
from customer.accesses.rules import sees_whole
from customer.identifiers.models import checked_scheme, masked_name, normalised
from customer.identifiers.queries import old_ids_shown
from customer.profiles import queries
from customer.profiles.facts import CustomerKind, CustomerStatus
from customer.profiles.graph import facts
from customer.timeline.graph import TimelineEntry
from customer.timeline.queries import Wanted, entries
from kit.errors import InvalidInput
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.identity import Caller

STAFF: Final = ("analyst", "approver", "front_line", "marketer", "operator")
PERSONAL: Final = Tag(name="personal")
"""Marks fields of the schema that show personal data."""
READERS: Final = (*STAFF, "partner", "customer")


@strawberry.federation.type(
    keys=["id"], description="An individual or a group that is, was or may become a customer."
)
class Customer:
    row: strawberry.Private[Any]
    whole: strawberry.Private[bool]

    id: UUID = strawberry.field(description="The id everything else refers to.")
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
            whole=sees_whole(caller),
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
        description="Whole for the front line, the customer, and who handles requests about data "
        "and says why; masked for everybody else.",
        directives=[PERSONAL],
    )
    def name(self, info: Info) -> str | None:
        name: str | None = self.row.name
        if name is None or not self.whole:
            return name and masked_name(name)
        saw(info.context, self.id, "name")
        return name

    @strawberry.field(
        description="By what they are recognised, oldest first.", directives=[PERSONAL]
    )
    def identifiers(self, info: Info) -> list[facts.CustomerIdentifier]:
        if self.whole:
            saw(info.context, self.id, "identifiers")
        return [facts.CustomerIdentifier.of(e, whole=self.whole) for e in self.row.identifiers]

    @strawberry.field(description="Declared facts, by name.", directives=[PERSONAL])
    def attributes(self, info: Info) -> list[facts.CustomerAttribute]:
        saw(info.context, self.id, "attributes")
        return [facts.CustomerAttribute.of(*each) for each in sorted(self.row.attributes.items())]

    @strawberry.field(description="Products they have or had.")
    def holdings(self) -> list[facts.CustomerHolding]:
        return [facts.CustomerHolding.of(each) for each in self.row.holdings]

    @strawberry.field(description="Marks on them.")
    def tags(self) -> list[facts.CustomerTag]:
        return [facts.CustomerTag.of(each) for each in self.row.tags]

    @strawberry.field(description="What they said yes and no to, the last decision of each kind.")
    def consents(self) -> list[facts.CustomerConsent]:
        return [facts.CustomerConsent.of(each) for each in self.row.consents]

    @strawberry.field(description="Special lists they are on.", extensions=[Roles(*STAFF)])
    def special_lists(self) -> list[facts.CustomerSpecialList] | None:
        return [facts.CustomerSpecialList.of(each) for each in self.row.special_lists]

    @strawberry.field(
        description="Everything that happened with them, newest first.",
        directives=[PERSONAL],
        extensions=[Roles(*STAFF, "customer")],
    )
    async def timeline(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        kinds: Annotated[
            list[str] | None, strawberry.argument(description="Only entries of these kinds.")
        ] = None,
        channel_code: Annotated[
            str | None, strawberry.argument(description="Only what happened on this channel.")
        ] = None,
        campaign_id: Annotated[
            UUID | None, strawberry.argument(description="Only what came of this campaign.")
        ] = None,
        since: Annotated[
            datetime | None, strawberry.argument(description="Only from this moment on.")
        ] = None,
        until: Annotated[
            datetime | None, strawberry.argument(description="Only before this moment.")
        ] = None,
    ) -> Connection[TimelineEntry] | None:
        wanted = Wanted(kinds, channel_code, campaign_id, since, until)
        saw(info.context, self.id, "timeline")
        ids = [self.id, *await info.context.loader(old_ids_of).load(self.id)]
        found = await entries(info.context.db, ids, wanted, first=first, after=after)
        return Connection.of(found, TimelineEntry.of)


async def customers_by_ids(context: Context, ids: Sequence[UUID]) -> Sequence[queries.Shown | None]:
    found = await queries.customers_by_ids(context.db, ids)
    seen = {each: row for each, row in found.items() if queries.may_see(context.caller, row)}
    return [seen.get(each) for each in ids]


async def old_ids_of(context: Context, ids: Sequence[UUID]) -> Sequence[list[UUID]]:
    found = await old_ids_shown(context.db, ids)
    return [found[each] for each in ids]


@strawberry.type
class ProfileQuery:
    @strawberry.field(
        description="One customer by id; null when there is none in the caller's units.",
        extensions=[Roles(*READERS)],
    )
    async def customer(self, info: Info, id: UUID) -> Customer | None:
        found = await queries.customers_by_ids(info.context.db, [id])
        return _shown(info, found.get(id))

    @strawberry.field(
        description="One customer by an identifier, however it is written; null when there is "
        "none in the caller's units.",
        extensions=[Roles(*READERS)],
    )
    async def customer_by_identifier(self, info: Info, scheme: str, value: str) -> Customer | None:
        try:
            value = normalised(checked_scheme(scheme), value)
        except ValueError as wrong:
            raise InvalidInput("value", str(wrong)) from wrong
        async with info.context.db.reading() as session:
            row = await queries.customer_by_identifier(session, scheme, value)
        return _shown(info, row)

    @strawberry.field(
        description="The customers in the caller's units, newest first.",
        extensions=[Roles(*STAFF, "customer")],
    )
    async def customers(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Customer] | None:
        caller = info.context.caller
        async with info.context.db.reading() as session:
            found = await queries.customers(session, caller, first=first, after=after)
        return Connection.of(found, lambda row: Customer.of(row, caller))


def _shown(info: Info, row: queries.Shown | None) -> Customer | None:
    caller = info.context.caller
    return Customer.of(row, caller) if row and queries.may_see(caller, row) else None
