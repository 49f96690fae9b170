"""Search in the graph."""

from typing import Annotated

import strawberry

from customer.guesses.counting import count_look_up, settle_look_up
from customer.profiles.graph.customer import Customer
from customer.profiles.graph.known import STAFF
from customer.search import queries
from customer.search.queries import Search, SearchBy
from customer.sight import SIGHT
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info

strawberry.enum(
    SearchBy,
    name="CustomerSearchBy",
    description="IDENTIFIER: one identifier of whatever scheme, whole, however it is written. "
    "NAME: what a name begins with, in capitals or not; who sees names masked asks for the first "
    "character. PHONE: 4 to 15 digits in a row of a telephone number; who sees numbers masked asks "
    "for the last 4.",
)


@strawberry.type
class SearchQuery:
    @strawberry.field(
        description="Customers in the caller's units, ordered by what is shown of what they were "
        "found by; masked like everywhere. Who sees masks finds nobody by IDENTIFIER at most 100 "
        "times a day, by this and by customerByIdentifier: beyond, the error REFUSED with the "
        "reason TooManyLookUps.",
        extensions=[Roles(*STAFF)],
    )
    async def search_customers(
        self,
        info: Info,
        by: SearchBy,
        text: Annotated[str, strawberry.argument(description="What to look for.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[Customer] | None:
        caller = info.context.caller
        search = Search(by, text, whole=SIGHT.is_whole(caller))
        db, is_guess = info.context.db, by is SearchBy.IDENTIFIER
        if is_guess:
            await count_look_up(db, caller)
        async with db.reading() as session:
            found = await queries.search_customers(db, session, search, caller, first, after)
        if is_guess:
            await settle_look_up(db, caller, found=bool(found.items))
        return Connection.of(found, lambda row: Customer.of(row, caller))
