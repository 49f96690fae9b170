"""How customers are found in the graph."""

from uuid import UUID

import strawberry

from customer.guesses.counting import count_look_up, settle_look_up
from customer.identifiers.models import checked_scheme, normalised
from customer.profiles import queries
from customer.profiles.graph.customer import READERS, Customer
from customer.profiles.graph.known import STAFF
from kit.errors import InvalidInput
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info


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
        "none in the caller's units. Who sees masks finds nobody at most 100 times a day: beyond, "
        "the error REFUSED with the reason TooManyLookUps.",
        extensions=[Roles(*READERS)],
    )
    async def customer_by_identifier(self, info: Info, scheme: str, value: str) -> Customer | None:
        try:
            value = normalised(checked_scheme(scheme), value)
        except ValueError as wrong:
            raise InvalidInput("value", str(wrong)) from wrong
        db, caller = info.context.db, info.context.caller
        await count_look_up(db, caller)
        async with db.reading() as session:
            row = await queries.customer_by_identifier(session, scheme, value)
        found = _shown(info, row)
        await settle_look_up(db, caller, found=found is not None)
        return found

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
