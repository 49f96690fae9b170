"""Spending points, and reversing postings."""

from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import (
    Conflict,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    Refusal,
    answers,
)
from kit.graph.scalars import Long
from loyalty.accounts import queries as accounts
from loyalty.currencies.models import POINTS
from loyalty.hands import colleague
from loyalty.points import errors, queries
from loyalty.points.commands import spending
from loyalty.points.graph.account import PointsAccount
from loyalty.points.keys import own_of_account

TAKING_BACK = ("reverse", "return")


@strawberry.input(description="Points a member spends.")
class SpendPointsInput:
    account_id: UUID = strawberry.field(description="Whose points.")
    points: Long = strawberry.field(description="How many, from 1.")
    currency: str = strawberry.field(default=POINTS, description="A code of `currencies`.")
    reason: str = strawberry.field(description="What for, in up to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first posting."
    )


@strawberry.input(description="A posting to be reversed.")
class ReversePostingInput:
    posting_id: UUID = strawberry.field(description="Which one.")
    reason: str = strawberry.field(description="Why, in up to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first reversal."
    )


@strawberry.type(description="The account holds fewer points than the request needs.")
class NotEnoughPoints(Refusal):
    needed: Long = strawberry.field(description="How many points it takes.")
    balance: Long = strawberry.field(description="How many are left.")


@strawberry.type(description="The points are spent.")
class PointsWereSpent:
    posting_id: UUID = strawberry.field(description="The posting, the first one for a repeat.")
    balance: Long = strawberry.field(description="What was left right after it.")
    account: PointsAccount = strawberry.field(description="The account as it is now.")


@strawberry.type(description="The posting is reversed.")
class PostingWasReversed:
    posting_id: UUID = strawberry.field(description="The reversal, the first one for a repeat.")
    points: Long = strawberry.field(description="What it moved: positive in, negative out.")
    balance: Long = strawberry.field(description="What was left right after it.")
    account: PointsAccount = strawberry.field(description="The account as it is now.")


SpendPointsResult: TypeAlias = Annotated[
    PointsWereSpent | NotEnoughPoints | NotFound | InvalidInput | IdempotencyKeyReused,
    strawberry.union("SpendPointsResult"),
]
ReversePostingResult: TypeAlias = Annotated[
    PostingWasReversed | NotFound | InvalidInput | Conflict | IdempotencyKeyReused,
    strawberry.union("ReversePostingResult"),
]


@strawberry.type
class PointsMutation:
    @strawberry.mutation(
        description="Spend a member's points, those that expire first coming first. Publishes "
        "`loyalty.points.spent`.",
        extensions=[Roles("front_line", "operator", "customer")],
    )
    async def spend_points(self, info: Info, input: SpendPointsInput) -> SpendPointsResult:
        db, caller = info.context.db, info.context.caller
        await accounts.visible_account(db, input.account_id, caller)
        async with db.reading() as session:
            key = await own_of_account(
                session, caller, input.idempotency_key, ["spend"], input.account_id
            )
        posted = await spending.spend_points(
            db,
            input.account_id,
            input.points,
            input.reason,
            key,
            input.currency,
            colleague(caller),
        )
        account = await accounts.visible_account(db, input.account_id, caller)
        return PointsWereSpent(
            posting_id=posted.posting_id,
            balance=Long(posted.balance),
            account=PointsAccount.of(account),
        )

    @strawberry.mutation(
        description="Take back what a posting gave, which becomes a debt where it was spent; or "
        "give back what a posting spent, to the lots it came from. Once per posting, of the kinds "
        "earn, grant, adjust (upwards), spend and confirm, unless they paid for a reward or a draw. "
        "Publishes `loyalty.points.reversed` or "
        "`loyalty.points.returned`.",
        extensions=[Roles("front_line", "operator")],
    )
    async def reverse_posting(self, info: Info, input: ReversePostingInput) -> ReversePostingResult:
        db, caller = info.context.db, info.context.caller
        async with db.transaction() as session:
            posting = await queries.posting_by_id(session, input.posting_id)
            await accounts.visible_account(db, posting.account_id, caller)
            key = await own_of_account(
                session, caller, input.idempotency_key, TAKING_BACK, posting.account_id
            )
            posted = await spending.reverse_posting(
                session, posting, input.reason, key, colleague(caller)
            )
        account = await accounts.visible_account(db, posted.account_id, caller)
        return PostingWasReversed(
            posting_id=posted.posting_id,
            points=Long(posted.points),
            balance=Long(posted.balance),
            account=PointsAccount.of(account),
        )


answered = [answers(errors.NotEnoughPoints, NotEnoughPoints)]
