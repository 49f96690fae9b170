"""Subject requests in the graph."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from customer.profiles.graph.mutations import IdentifierTaken
from customer.subject_requests import commands, correcting, models, queries
from customer.subject_requests.models import RequestKind, RequestState
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Context, Info
from kit.graph.refusals import Conflict, InvalidInput, NotFound

ASKING = ("customer", "front_line", "operator")
strawberry.enum(
    RequestKind,
    name="SubjectRequestKind",
    description="EXPORT: all that is held. CORRECTION: what is wrong. RESTRICTION: no processing "
    "for marketing, until LIFTING. ERASURE: to be forgotten by every service.",
)
strawberry.enum(
    RequestState, name="SubjectRequestState", description="How far a subject request is."
)


@strawberry.input(description="An identifier that is wrong, and the one that is right.")
class IdentifierCorrectionInput:
    scheme: str = strawberry.field(description="msisdn, email, openid, crm or another.")
    wrong: str = strawberry.field(description="As it is kept now.")
    right: str = strawberry.field(description="As it should be.")


@strawberry.input(description="An attribute that is wrong.")
class AttributeCorrectionInput:
    name: str = strawberry.field(description="Its declared name.")
    value: str | None = strawberry.field(default=None, description="What is right; null: nothing.")


@strawberry.input(description="What is to hold instead; what is left out stays.")
class CorrectionInput:
    name: str | None = strawberry.field(default=None, description="1 to 200 characters.")
    attributes: list[AttributeCorrectionInput] = strawberry.field(
        default_factory=list, description="Values for declared attributes."
    )
    identifiers: list[IdentifierCorrectionInput] = strawberry.field(
        default_factory=list, description="Identifiers to be replaced."
    )

    def told(self) -> correcting.Correction:
        return correcting.Correction(
            name=self.name,
            attributes={each.name: each.value for each in self.attributes},
            identifiers=[
                correcting.Replaced(scheme=each.scheme, wrong=each.wrong, right=each.right)
                for each in self.identifiers
            ],
        )


@strawberry.input(description="What a customer asks for.")
class SubjectRequestInput:
    customer_id: UUID = strawberry.field(description="Whose data it is about.")
    kind: RequestKind = strawberry.field(description="What is asked for.")
    identity_check: str = strawberry.field(
        default="",
        description="How they proved who they are: 1 to 1,000 characters; needed unless the "
        "customer asks themselves, signed in.",
    )
    note: str = strawberry.field(default="", description="In their words: up to 1,000 characters.")
    correction: CorrectionInput | None = strawberry.field(
        default=None, description="With CORRECTION, and with nothing else."
    )


@strawberry.type(description="One service's share of an export or an erasure.")
class SubjectRequestPart:
    service: str = strawberry.field(description="Which service.")
    rows: int = strawberry.field(description="How many records it found so far.")
    done_at: datetime | None = strawberry.field(
        description="When it was done; null: it is missing."
    )
    problem: str = strawberry.field(description="Why the last attempt failed; empty if none did.")


@strawberry.type(description="Something that was done about a subject request.")
class SubjectRequestStep:
    step: str = strawberry.field(
        description="received, approved, SERVICE_done, warned, downloaded, completed or refused."
    )
    by: str = strawberry.field(description="Who did it; platform: nobody in person.")
    at: datetime = strawberry.field(description="When.")
    note: str = strawberry.field(description="Particulars; may be empty.")


@strawberry.type(description="What a customer asked about their data, by law in time.")
class SubjectRequest:
    row: strawberry.Private[models.SubjectRequest]

    id: UUID = strawberry.field(description="Of the request.")
    customer_id: UUID = strawberry.field(description="Whose data; after an erasure nobody's.")
    kind: RequestKind = strawberry.field(description="What was asked for.")
    state: RequestState = strawberry.field(description="How far it is.")
    opened_at: datetime = strawberry.field(description="When it was received.")
    opened_by: str = strawberry.field(description="Who took it down.")
    identity_check: str = strawberry.field(description="How they proved who they are.")
    outcome: str = strawberry.field(description="Why it was refused; else empty.")
    due_at: datetime = strawberry.field(description="By when the law wants it done.")
    warned_at: datetime | None = strawberry.field(description="When the deadline was warned of.")
    ended_at: datetime | None = strawberry.field(description="When it was completed or refused.")
    archive_until: datetime | None = strawberry.field(
        description="Until when GET /v1/subject-requests/{id}/archive has the export."
    )

    @classmethod
    def of(cls, row: models.SubjectRequest) -> Self:
        return cls(
            row=row,
            id=row.id,
            customer_id=row.customer_id,
            kind=RequestKind(row.kind),
            state=RequestState(row.state),
            opened_at=row.created_at,
            opened_by=row.opened_by,
            identity_check=row.identity_check,
            outcome=row.outcome,
            due_at=row.due_at,
            warned_at=row.warned_at,
            ended_at=row.ended_at,
            archive_until=row.archive_until,
        )

    @strawberry.field(description="What each service has done of an export or an erasure.")
    async def parts(self, info: Info) -> list[SubjectRequestPart]:
        return [
            SubjectRequestPart(
                service=each.service, rows=each.rows, done_at=each.done_at, problem=each.problem
            )
            for each in await info.context.loader(parts_of).load(self.id)
        ]

    @strawberry.field(description="The services that are missing yet.")
    async def missing(self, info: Info) -> list[str]:
        parts = await info.context.loader(parts_of).load(self.id)
        return [each.service for each in parts if each.done_at is None]

    @strawberry.field(description="Every step, oldest first.")
    async def history(self, info: Info) -> list[SubjectRequestStep]:
        return [
            SubjectRequestStep(step=each.step, by=each.by, at=each.created_at, note=each.note)
            for each in await info.context.loader(steps_of).load(self.id)
        ]


async def parts_of(context: Context, ids: Sequence[UUID]) -> Sequence[list[models.RequestPart]]:
    async with context.db.reading() as session:
        found = await queries.parts_of(session, ids)
    return [found[each] for each in ids]


async def steps_of(context: Context, ids: Sequence[UUID]) -> Sequence[list[models.RequestStep]]:
    async with context.db.reading() as session:
        found = await queries.steps_of(session, ids)
    return [found[each] for each in ids]


@strawberry.type(description="The request was taken down; the same again is the same request.")
class SubjectRequestWasOpened:
    request: SubjectRequest = strawberry.field(description="As it is now.")


@strawberry.type(description="The request was approved or refused.")
class SubjectRequestWasHandled:
    request: SubjectRequest = strawberry.field(description="As it is now.")


OpenSubjectRequestResult: TypeAlias = Annotated[
    SubjectRequestWasOpened | NotFound | InvalidInput,
    strawberry.union("OpenSubjectRequestResult"),
]
HandleSubjectRequestResult: TypeAlias = Annotated[
    SubjectRequestWasHandled | NotFound | InvalidInput | IdentifierTaken | Conflict,
    strawberry.union("HandleSubjectRequestResult"),
]


@strawberry.type
class SubjectRequestQuery:
    @strawberry.field(
        description="Subject requests, newest first. The role operator with the scope "
        "privacy:handle sees those of its units, customers their own, others what they opened.",
        extensions=[Roles(*ASKING)],
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
        extensions=[Roles(*ASKING)],
    )
    async def subject_request(self, info: Info, id: UUID) -> SubjectRequest | None:
        async with info.context.db.reading() as session:
            return SubjectRequest.of(await queries.request_by_id(session, id, info.context.caller))


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
