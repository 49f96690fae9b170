"""A subject request: how far it is, and who has done what of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.sight import SIGHT
from customer.subject_requests import models, queries
from customer.subject_requests.correcting import Correction
from customer.subject_requests.models import RequestKind, RequestState
from kit.graph.context import Context, Info
from kit.graph.personal import PERSONAL
from kit.personal.seeing import masked

ASKING = ("customer", "front_line", "operator")


strawberry.enum(
    RequestState, name="SubjectRequestState", description="How far a subject request is."
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


@strawberry.type(description="Something that is to be corrected; masked as names are.")
class SubjectRequestCorrection:
    fact: str = strawberry.field(description="name, attributes.NAME or identifiers.SCHEME.")
    wrong: str | None = strawberry.field(
        description="Of an identifier: as it is kept.", directives=[PERSONAL]
    )
    right: str | None = strawberry.field(
        description="What is to hold instead; null: nothing.", directives=[PERSONAL]
    )

    @classmethod
    def of(cls, told: Correction, *, whole: bool) -> list[Self]:
        facts: list[tuple[str, str | None, str | None]]
        facts = [("name", None, told.name)] if told.name is not None else []
        facts += [(f"attributes.{name}", None, value) for name, value in told.attributes.items()]
        facts += [(f"identifiers.{e.scheme}", e.wrong, e.right) for e in told.identifiers]
        return [
            cls(fact=fact, wrong=masked(wrong, whole=whole), right=masked(right, whole=whole))
            for fact, wrong, right in facts
        ]


@strawberry.type(description="What a customer asked about their data, by law in time.")
class SubjectRequest:
    row: strawberry.Private[models.SubjectRequest]

    id: UUID = strawberry.field(description="Of the request.")
    customer_id: UUID = strawberry.field(description="Whose data; after an erasure nobody's.")
    kind: RequestKind = strawberry.field(description="What was asked for.")
    state: RequestState = strawberry.field(description="How far it is.")
    opened_at: datetime = strawberry.field(description="When it was received.")
    opened_by: str = strawberry.field(description="Who took it down.")
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
            outcome=row.outcome,
            due_at=row.due_at,
            warned_at=row.warned_at,
            ended_at=row.ended_at,
            archive_until=row.archive_until,
        )

    @strawberry.field(
        description="In the customer's words; masked as names are.", directives=[PERSONAL]
    )
    async def note(self, info: Info) -> str:
        saw(info.context, self.customer_id, "subject_requests")
        return masked(self.row.note, whole=SIGHT.is_whole(info.context.caller)) or ""

    @strawberry.field(
        description="Of a correction: what is to hold instead. Forgotten once it is over."
    )
    async def corrections(self, info: Info) -> list[SubjectRequestCorrection]:
        saw(info.context, self.customer_id, "subject_requests")
        told = Correction.model_validate(self.row.correction or {})
        return SubjectRequestCorrection.of(told, whole=SIGHT.is_whole(info.context.caller))

    @strawberry.field(description="How they proved who they are.", directives=[PERSONAL])
    def identity_check(self, info: Info) -> str:
        saw(info.context, self.customer_id, "subject_requests")
        return self.row.identity_check

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
