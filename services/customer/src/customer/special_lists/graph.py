"""Special lists in the graph."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.identifiers.queries import old_ids
from customer.profiles.facts import SpecialList
from customer.profiles.graph.known import STAFF
from customer.profiles.graph.mutations import WRITERS, ChangeCustomerResult, changed
from customer.profiles.queries import customer_by_id, may_see
from customer.sight import SIGHT
from customer.special_lists import commands, models, queries
from kit.errors import NotFound
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.personal import PERSONAL
from kit.personal.seeing import masked

strawberry.enum(
    models.ListSource,
    name="SpecialListSource",
    description="By what somebody came on a list. UNMERGE: a merge was taken back. BEFORE: they "
    "were on it when the history began.",
)


@strawberry.type(description="One stay of a customer on a special list.")
class SpecialListRecord:
    id: UUID = strawberry.field(description="Of this stay.")
    list: SpecialList = strawberry.field(description="Which one.")
    source: models.ListSource = strawberry.field(description="By what they came on it.")
    put_by: str = strawberry.field(description="Who put them on it; empty: nobody knows.")
    reason: str = strawberry.field(description="Why; masked as names are.", directives=[PERSONAL])
    since: datetime = strawberry.field(description="From when on.")
    until: datetime | None = strawberry.field(description="When it ends by itself; null: never.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null: it lasts.")
    ended_by: str | None = strawberry.field(
        description="Who took them off; platform: its time was over."
    )
    ended_for: str = strawberry.field(
        description="Why they were taken off; masked as names are.", directives=[PERSONAL]
    )

    @classmethod
    def of(cls, row: models.SpecialListRecord, *, whole: bool) -> Self:
        plain = ("id", "put_by", "since", "until", "ended_at", "ended_by")
        return cls(
            **{name: getattr(row, name) for name in plain},
            list=SpecialList(row.list),
            source=models.ListSource(row.source),
            reason=masked(row.reason, whole=whole) or "",
            ended_for=masked(row.ended_for, whole=whole) or "",
        )


@strawberry.type
class SpecialListQuery:
    @strawberry.field(
        description="Every stay of a customer on a special list, newest first.",
        extensions=[Roles(*STAFF)],
    )
    async def special_list_history(
        self, info: Info, customer_id: UUID, first: First = 20, after: After = None
    ) -> Connection[SpecialListRecord] | None:
        async with info.context.db.reading() as session:
            customer = await customer_by_id(session, customer_id)
            if customer is None or not may_see(info.context.caller, customer):
                raise NotFound("customer", customer_id)
            saw(info.context, customer.id, "special_lists")
            ids = [customer.id, *(await old_ids(session, [customer.id]))[customer.id]]
            found = await queries.special_list_history(session, ids, first=first, after=after)
        whole = SIGHT.is_whole(info.context.caller)
        return Connection.of(found, lambda row: SpecialListRecord.of(row, whole=whole))


@strawberry.type
class SpecialListMutation:
    @strawberry.mutation(
        description="Put a customer on a special list, with the reason, for good or until a "
        "moment. Who is on it already stays as they are, unless this is for longer: then a new "
        "stay begins. To end one sooner, take them off. Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def put_on_special_list(
        self,
        info: Info,
        customer_id: UUID,
        list: SpecialList,
        reason: str,
        until: Annotated[
            datetime | None,
            strawberry.argument(description="When it ends by itself; null: never."),
        ] = None,
    ) -> ChangeCustomerResult:
        async with info.context.db.transaction() as session:
            customer = await commands.put_on_special_list(
                session, customer_id, list, reason, info.context.caller, until
            )
        return changed(info, customer)

    @strawberry.mutation(
        description="Take a customer off a special list. Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def remove_from_special_list(
        self,
        info: Info,
        customer_id: UUID,
        list: SpecialList,
        reason: Annotated[
            str | None, strawberry.argument(description="Why: up to 500 characters.")
        ] = None,
    ) -> ChangeCustomerResult:
        async with info.context.db.transaction() as session:
            customer = await commands.remove_from_special_list(
                session, customer_id, list, info.context.caller, reason
            )
        return changed(info, customer)
