"""The queue of reviews, and deciding on them."""

from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from kit.database import AsyncSession
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.personal import People
from kit.graph.refusals import Conflict, InvalidInput, NotFound, Refusal, answers
from loyalty.accesses.noting import saw
from loyalty.fraud.models import ActKind
from loyalty.reviews import commands, errors, models, queries
from loyalty.reviews.graph.reviews import Review

READERS = ("approver", "operator", "analyst")
DECIDERS = ("approver", "operator")
Note: TypeAlias = Annotated[
    str, strawberry.argument(description="Why, in 1 to 500 characters; kept with the review.")
]
Which: TypeAlias = Annotated[UUID, strawberry.argument(description="Which review.")]


@strawberry.type(description="The review is yours for half an hour; claim again for longer.")
class ReviewWasClaimed:
    review: Review = strawberry.field(description="It, as it is now.")


@strawberry.type(description="The act is released or rejected.")
class ReviewWasDecided:
    review: Review = strawberry.field(description="It, as it is now.")


@strawberry.type(description="Nobody reviews what they caused themselves.")
class OwnAct(Refusal):
    pass


ClaimReviewResult: TypeAlias = Annotated[
    ReviewWasClaimed | NotFound | Conflict | OwnAct, strawberry.union("ClaimReviewResult")
]
DecideReviewResult: TypeAlias = Annotated[
    ReviewWasDecided | NotFound | Conflict | OwnAct | InvalidInput,
    strawberry.union("DecideReviewResult"),
]


@strawberry.type
class ReviewsQuery:
    @strawberry.field(
        description="Acts of your unit's customers that were held or flagged, the oldest first: "
        "what is WAITING is the reviewer's queue.",
        extensions=[Roles(*READERS), People(saw, "reviews", person="customer_id")],
    )
    async def reviews(
        self,
        info: Info,
        state: Annotated[
            models.ReviewState, strawberry.argument(description="In this state.")
        ] = models.ReviewState.WAITING,
        act_kind: Annotated[
            ActKind | None, strawberry.argument(description="Only acts of this kind.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Review] | None:
        unit = info.context.caller.unit or ""
        async with info.context.db.reading() as session:
            found = await queries.reviews(session, unit, state, act_kind, first, after)
        return Connection.of(found, Review.of)

    @strawberry.field(
        description="A review; null when there is none that you may see.",
        extensions=[Roles(*READERS), People(saw, "reviews", person="customer_id")],
    )
    async def review(self, info: Info, id: Which) -> Review | None:
        async with info.context.db.reading() as session:
            found = await queries.review_by_id(session, id, info.context.caller.unit or "")
        return Review.of(found) if found else None


@strawberry.type
class ReviewsMutation:
    @strawberry.mutation(
        description="Take a waiting review for half an hour, so that nobody else decides on it.",
        extensions=[Roles(*DECIDERS)],
    )
    async def claim_review(self, info: Info, id: Which) -> ClaimReviewResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            review = await queries.review_to_decide(session, id, caller)
            claimed = await commands.claim_review(session, review, caller.subject)
        return ReviewWasClaimed(review=Review.of(claimed))

    @strawberry.mutation(
        description="Let a held act go through: points become usable, a transfer is made. The same "
        "again changes nothing. Publishes `loyalty.review.decided`.",
        extensions=[Roles(*DECIDERS)],
    )
    async def release_review(self, info: Info, id: Which, note: Note) -> DecideReviewResult:
        async with info.context.db.transaction() as session:
            return await _decide(info, session, id, models.ReviewState.RELEASED, note)

    @strawberry.mutation(
        description="Undo a held or flagged act: points are taken back, once. The same again "
        "changes nothing. Publishes `loyalty.review.decided`.",
        extensions=[Roles(*DECIDERS)],
    )
    async def reject_review(self, info: Info, id: Which, note: Note) -> DecideReviewResult:
        async with info.context.db.transaction() as session:
            return await _decide(info, session, id, models.ReviewState.REJECTED, note)


async def _decide(
    info: Info, session: AsyncSession, review_id: UUID, verdict: models.ReviewState, note: str
) -> ReviewWasDecided:
    caller = info.context.caller
    review = await queries.review_to_decide(session, review_id, caller)
    decided = await commands.decide_review(session, review, verdict, caller.subject, note)
    return ReviewWasDecided(review=Review.of(decided))


answered = [answers(errors.OwnAct, OwnAct)]
