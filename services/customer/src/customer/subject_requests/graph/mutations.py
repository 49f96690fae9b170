"""Taking subject requests down, approving and refusing them."""

from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from customer.profiles.graph.mutations import IdentifierTaken
from customer.subject_requests import commands
from customer.subject_requests.graph.inputs import SubjectRequestInput
from customer.subject_requests.graph.types import ASKING, SubjectRequest
from customer.subject_requests.models import RequestKind
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound


@strawberry.type(description="The request was taken down; the same again is the same request.")
class SubjectRequestWasOpened:
    request: SubjectRequest = strawberry.field(description="As it is now.")


@strawberry.type(description="The request was approved or refused.")
class SubjectRequestWasHandled:
    request: SubjectRequest = strawberry.field(description="As it is now.")


OpenSubjectRequestResult: TypeAlias = Annotated[
    SubjectRequestWasOpened | NotFound | InvalidInput | Conflict,
    strawberry.union("OpenSubjectRequestResult"),
]


HandleSubjectRequestResult: TypeAlias = Annotated[
    SubjectRequestWasHandled | NotFound | InvalidInput | IdentifierTaken | Conflict,
    strawberry.union("HandleSubjectRequestResult"),
]


@strawberry.type
class SubjectRequestMutation:
    @strawberry.mutation(
        description="Take down what a customer asks about their data. Exports and restrictions "
        "begin at once for customers who are signed in; all else waits for approval.",
        extensions=[Roles(*ASKING)],
    )
    async def open_subject_request(
        self,
        info: Info,
        input: Annotated[SubjectRequestInput, strawberry.argument(description="What is asked.")],
    ) -> OpenSubjectRequestResult:
        new = commands.NewRequest(
            customer_id=input.customer_id,
            kind=RequestKind(input.kind),
            identity_check=input.identity_check,
            note=input.note,
            correction=input.correction.told() if input.correction else None,
        )
        async with info.context.db.transaction() as session:
            request = await commands.open_request(session, new, info.context.caller)
        return SubjectRequestWasOpened(request=SubjectRequest.of(request))

    @strawberry.mutation(
        description="Approve a request and set it in motion. An erasure is announced as "
        "customer.erasure.requested and complete once every service has confirmed it; a "
        "correction, restriction or lifting as customer.changed.",
        extensions=[Roles("operator", scope="privacy:handle")],
    )
    async def approve_subject_request(self, info: Info, id: UUID) -> HandleSubjectRequestResult:
        async with info.context.db.transaction() as session:
            request = await commands.approve_request(session, id, info.context.caller)
        return SubjectRequestWasHandled(request=SubjectRequest.of(request))

    @strawberry.mutation(
        description="Refuse a request, with a reason of 1 to 1,000 characters that the customer "
        "is told.",
        extensions=[Roles("operator", scope="privacy:handle")],
    )
    async def refuse_subject_request(
        self, info: Info, id: UUID, reason: str
    ) -> HandleSubjectRequestResult:
        async with info.context.db.transaction() as session:
            request = await commands.refuse_request(session, id, reason, info.context.caller)
        return SubjectRequestWasHandled(request=SubjectRequest.of(request))
