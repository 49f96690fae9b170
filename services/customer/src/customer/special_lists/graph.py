"""Special lists in the graph."""

from uuid import UUID

import strawberry

from customer.profiles.facts import SpecialList
from customer.profiles.graph.mutations import WRITERS, ChangeCustomerResult, changed
from customer.special_lists import commands
from kit.graph.access import Roles
from kit.graph.context import Info


@strawberry.type
class SpecialListMutation:
    @strawberry.mutation(
        description="Put a customer on a special list, with the reason. "
        "Announced as customer.changed.",
        extensions=[Roles(*WRITERS)],
    )
    async def put_on_special_list(
        self,
        info: Info,
        customer_id: UUID,
        list: SpecialList,
        reason: str,
    ) -> ChangeCustomerResult:
        async with info.context.db.transaction() as session:
            customer = await commands.put_on_special_list(
                session, customer_id, list, reason, info.context.caller
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
    ) -> ChangeCustomerResult:
        async with info.context.db.transaction() as session:
            customer = await commands.remove_from_special_list(
                session, customer_id, list, info.context.caller
            )
        return changed(info, customer)
