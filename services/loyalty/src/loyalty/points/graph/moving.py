"""Spending and adjusting points."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from kit.database import Database
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import IdempotencyKeyReused, InvalidInput, NotFound, Refusal, answers
from kit.graph.scalars import Long
from loyalty.accounts import queries as accounts
from loyalty.points import errors, models
from loyalty.points.commands import spending
from loyalty.points.graph.account import PointsAccount


@strawberry.input(description="Points a member spends.")
class SpendPointsInput:
    account_id: UUID = strawberry.field(description="Whose points.")
    points: Long = strawberry.field(description="How many, from 1.")
    reason: str = strawberry.field(description="What for, in up to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first posting."
    )


@strawberry.input(description="Points an operator adds or takes.")
class AdjustPointsInput:
    account_id: UUID = strawberry.field(description="Whose points.")
    points: Long = strawberry.field(description="How many: positive adds, negative takes.")
    reason: str = strawberry.field(description="Why, in up to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first posting."
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


@strawberry.type(description="The account is put right.")
class PointsWereAdjusted:
    posting_id: UUID = strawberry.field(description="The posting, the first one for a repeat.")
    balance: Long = strawberry.field(description="What was left right after it.")
    account: PointsAccount = strawberry.field(description="The account as it is now.")


SpendPointsResult: TypeAlias = Annotated[
    PointsWereSpent | NotEnoughPoints | NotFound | InvalidInput | IdempotencyKeyReused,
    strawberry.union("SpendPointsResult"),
]
AdjustPointsResult: TypeAlias = Annotated[
    PointsWereAdjusted | NotEnoughPoints | NotFound | InvalidInput | IdempotencyKeyReused,
    strawberry.union("AdjustPointsResult"),
]


@strawberry.type
class PointsMutation:
    @strawberry.mutation(
        description="Spend a member's points, those that expire first coming first. Publishes "
        "`loyalty.points.spent`.",
        extensions=[Roles("front_line", "operator", "customer")],
    )
    async def spend_points(self, info: Info, input: SpendPointsInput) -> SpendPointsResult:
        posted, account = await _move(info, spending.spend_points, input)
        return PointsWereSpent(
            posting_id=posted.posting_id, balance=Long(posted.balance), account=account
        )

    @strawberry.mutation(
        description="Put an account right, never below zero. Publishes `loyalty.points.adjusted`.",
        extensions=[Roles("operator")],
    )
    async def adjust_points(self, info: Info, input: AdjustPointsInput) -> AdjustPointsResult:
        posted, account = await _move(info, spending.adjust_points, input)
        return PointsWereAdjusted(
            posting_id=posted.posting_id, balance=Long(posted.balance), account=account
        )


Move: TypeAlias = Callable[[Database, UUID, int, str, str], Awaitable[models.Posted]]


async def _move(
    info: Info, command: Move, asked: SpendPointsInput | AdjustPointsInput
) -> tuple[models.Posted, PointsAccount]:
    db, caller = info.context.db, info.context.caller
    await accounts.visible_account(db, asked.account_id, caller)
    posted = await command(db, asked.account_id, asked.points, asked.reason, asked.idempotency_key)
    account = await accounts.visible_account(db, asked.account_id, caller)
    return posted, PointsAccount.of(account)


answered = [answers(errors.NotEnoughPoints, NotEnoughPoints)]
