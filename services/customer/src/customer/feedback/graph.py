"""Feedback in the graph."""

from datetime import datetime
from typing import Annotated, Any, Self, TypeAlias
from uuid import UUID

import strawberry

from customer.accesses.noting import saw
from customer.feedback import commands, errors, models, queries
from customer.profiles.queries import customer_by_id, may_see
from customer.sight import SIGHT
from kit.errors import NotFound as NobodyFound
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.personal import PERSONAL, People
from kit.graph.refusals import InvalidInput, NotFound, Refusal, answers
from kit.personal.seeing import masked

strawberry.enum(
    models.FeedbackKind,
    description="CSAT: how content a customer is, 1 to 5. NPS: how likely they recommend us, 0 to "
    "10.",
)
strawberry.enum(queries.FeedbackDimension, description="What figures of feedback are told by.")


@strawberry.input(description="What a customer answers.")
class FeedbackInput:
    kind: models.FeedbackKind = strawberry.field(description="Which question.")
    score: int = strawberry.field(description="CSAT 1 to 5, NPS 0 to 10.")
    comment: str | None = strawberry.field(
        default=None, description="In their words; up to 2,000 characters."
    )
    channel_code: str | None = strawberry.field(default=None, description="Where they were asked.")
    touchpoint_id: UUID | None = strawberry.field(
        default=None, description="The touchpoint it is about; answered once."
    )
    task_id: UUID | None = strawberry.field(
        default=None, description="The task it is about; answered once."
    )
    campaign_id: UUID | None = strawberry.field(
        default=None, description="The campaign it is about."
    )
    given_at: datetime | None = strawberry.field(default=None, description="Null: now.")

    def told(self) -> commands.Answer:
        return commands.Answer(**vars(self))


@strawberry.type(description="An answer of a customer.")
class Feedback:
    row: strawberry.Private[models.Feedback]

    id: UUID = strawberry.field(description="Its id.")
    kind: models.FeedbackKind = strawberry.field(description="Which question.")
    score: int = strawberry.field(description="CSAT 1 to 5, NPS 0 to 10.")
    channel_code: str | None = strawberry.field(description="Where they were asked.")
    touchpoint_id: UUID | None = strawberry.field(description="The touchpoint it is about.")
    task_id: UUID | None = strawberry.field(description="The task it is about.")
    campaign_id: UUID | None = strawberry.field(description="The campaign it is about.")
    given_at: datetime = strawberry.field(description="When.")
    recorded_by: str = strawberry.field(description="Who took it down.")

    @classmethod
    def of(cls, given: models.Feedback) -> Self:
        plain = ("id", "score", "channel_code", "touchpoint_id", "task_id")
        more = ("campaign_id", "given_at", "recorded_by")
        values = {name: getattr(given, name) for name in (*plain, *more)}
        return cls(row=given, kind=models.FeedbackKind(given.kind), **values)

    @strawberry.field(
        description="In the customer's words; masked as names are.", directives=[PERSONAL]
    )
    def comment(self, info: Info) -> str | None:
        whole = SIGHT.is_whole(info.context.caller)
        if whole and self.row.comment:
            saw(info.context, self.row.customer_id, "feedback")
        return masked(self.row.comment, whole=whole)


@strawberry.type(description="What answers add up to.")
class FeedbackFigures:
    key: str | None = strawberry.field(
        description="The unit, channel code, campaign id or month (YYYY-MM, UTC) they are of; null "
        "for all, and for those that name none."
    )
    csat_answers: int = strawberry.field(description="Answers to CSAT.")
    csat_average: float | None = strawberry.field(
        description="1 to 5, to two decimals; null without answers."
    )
    nps_answers: int = strawberry.field(description="Answers to NPS.")
    promoters: int = strawberry.field(description="Those of 9 and 10.")
    detractors: int = strawberry.field(description="Those of 0 to 6.")
    nps: float | None = strawberry.field(
        description="Share of promoters less share of detractors, -100 to 100, to two decimals; "
        "null without answers."
    )

    @classmethod
    def of(cls, row: Any) -> Self:
        balance = row.promoters - row.detractors
        return cls(
            key=row.key,
            csat_answers=row.csat_answers,
            csat_average=round(float(row.csat_average), 2) if row.csat_answers else None,
            nps_answers=row.nps_answers,
            promoters=row.promoters,
            detractors=row.detractors,
            nps=round(100 * balance / row.nps_answers, 2) if row.nps_answers else None,
        )


@strawberry.type(description="The answer is taken down.")
class FeedbackWasGiven:
    feedback: Feedback = strawberry.field(description="As taken down.")


@strawberry.type(description="The customer has answered this about the same thing, otherwise.")
class AlreadyAnswered(Refusal):
    score: int = strawberry.field(description="What they answered.")


GiveFeedbackResult: TypeAlias = Annotated[
    FeedbackWasGiven | AlreadyAnswered | NotFound | InvalidInput,
    strawberry.union("GiveFeedbackResult"),
]
Moment = Annotated[datetime, strawberry.argument(description="A moment.")]


@strawberry.type
class FeedbackQuery:
    @strawberry.field(
        description="The answers of a customer, newest first.",
        extensions=[
            Roles("customer", "front_line", "marketer", "analyst", "operator"),
            People(saw, "feedback", person="row.customer_id"),
        ],
    )
    async def feedback(
        self, info: Info, customer_id: UUID, first: First = 20, after: After = None
    ) -> Connection[Feedback] | None:
        async with info.context.db.reading() as session:
            customer = await customer_by_id(session, customer_id)
            if customer is None or not may_see(info.context.caller, customer):
                raise NobodyFound("customer", customer_id)
            found = await queries.feedback_of(session, customer.id, first=first, after=after)
        return Connection.of(found, Feedback.of)

    @strawberry.field(
        description="What the answers of the customers of a unit and below add up to, over up to "
        "732 days; by a dimension at most 1,000 groups.",
        extensions=[Roles("marketer", "analyst", "approver", "operator", "front_line")],
    )
    async def feedback_figures(
        self,
        info: Info,
        unit: Annotated[str, strawberry.argument(description="The customers' unit and below.")],
        since: Moment,
        until: Moment,
        channel_code: Annotated[
            str | None, strawberry.argument(description="Only answers given there.")
        ] = None,
        campaign_id: Annotated[
            UUID | None, strawberry.argument(description="Only answers about it.")
        ] = None,
        by: Annotated[
            queries.FeedbackDimension | None, strawberry.argument(description="Null: in all.")
        ] = None,
    ) -> list[FeedbackFigures] | None:
        info.context.caller.require_unit(unit)
        asked = queries.Asked(unit, since, until, channel_code, campaign_id, by).checked()
        async with info.context.db.reading() as session:
            rows = await queries.figures(session, asked)
        return [FeedbackFigures.of(row) for row in rows]


@strawberry.type
class FeedbackMutation:
    @strawberry.mutation(
        description="Take down what a customer answers. The same answer about the same touchpoint "
        "or task again changes nothing. Announced as feedback.given.",
        extensions=[Roles("customer", "front_line", "marketer", "operator")],
    )
    async def give_feedback(
        self,
        info: Info,
        customer_id: UUID,
        feedback: Annotated[FeedbackInput, strawberry.argument(description="The answer.")],
    ) -> GiveFeedbackResult:
        async with info.context.db.transaction() as session:
            given = await commands.give_feedback(
                session, customer_id, feedback.told(), info.context.caller
            )
        return FeedbackWasGiven(feedback=Feedback.of(given))


answered = [answers(errors.AlreadyAnswered, AlreadyAnswered)]
