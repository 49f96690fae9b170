"""Finding subject requests."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.subject_requests import queries
from customer.subject_requests.graph.types import ASKING, SubjectRequest
from customer.subject_requests.models import RequestKind, RequestState
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.personal import People


@strawberry.type
class SubjectRequestQuery:
    @strawberry.field(
        description="Subject requests, newest first. The role operator with the scope "
        "privacy:handle sees those of its units, customers their own, others what they opened.",
        extensions=[Roles(*ASKING), People(saw, "subject_requests", person="customer_id")],
    )
    async def subject_requests(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        kinds: Annotated[
            list[RequestKind] | None, strawberry.argument(description="Only of these kinds.")
        ] = None,
        states: Annotated[
            list[RequestState] | None,
            strawberry.argument(description="Only in these states."),
        ] = None,
        due_before: Annotated[
            datetime | None, strawberry.argument(description="Only open ones, due before this.")
        ] = None,
        customer_id: Annotated[
            UUID | None, strawberry.argument(description="Only about this customer.")
        ] = None,
    ) -> Connection[SubjectRequest] | None:
        async with info.context.db.reading() as session:
            found = await queries.requests(
                session,
                info.context.caller,
                kinds=kinds,
                states=states,
                due_before=due_before,
                customer_id=customer_id,
                first=first,
                after=after,
            )
        return Connection.of(found, SubjectRequest.of)

    @strawberry.field(
        description="One subject request; an error NotFound when there is none that the caller "
        "may see.",
        extensions=[Roles(*ASKING), People(saw, "subject_requests", person="customer_id")],
    )
    async def subject_request(self, info: Info, id: UUID) -> SubjectRequest | None:
        async with info.context.db.reading() as session:
            return SubjectRequest.of(await queries.request_by_id(session, id, info.context.caller))
