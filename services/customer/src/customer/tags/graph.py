"""Tags in the graph."""

from datetime import datetime
from uuid import UUID

import strawberry

from customer.profiles.graph.mutations import WRITERS, ChangeCustomerResult, changed
from customer.tags import commands
from kit.graph.access import Roles
from kit.graph.context import Info


@strawberry.type
class TagMutation:
    @strawberry.mutation(
        description="Put a tag on a customer, until `expiresAt` or for good. "
        "Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def tag_customer(
        self, info: Info, customer_id: UUID, tag: str, expires_at: datetime | None = None
    ) -> ChangeCustomerResult:
        async with info.context.db.transaction() as session:
            customer = await commands.tag_customer(
                session, customer_id, tag, expires_at, info.context.caller
            )
        return changed(info, customer)

    @strawberry.mutation(
        description="Take a tag off a customer. Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def untag_customer(self, info: Info, customer_id: UUID, tag: str) -> ChangeCustomerResult:
        async with info.context.db.transaction() as session:
            customer = await commands.untag_customer(session, customer_id, tag, info.context.caller)
        return changed(info, customer)
