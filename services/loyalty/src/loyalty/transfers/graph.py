"""Transfers in the graph."""

from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import IdempotencyKeyReused, InvalidInput, NotFound, Refusal, answers
from kit.graph.scalars import Long
from loyalty.accounts import queries as accounts
from loyalty.currencies.models import POINTS
from loyalty.points.graph.account import PointsAccount
from loyalty.points.graph.moving import NotEnoughPoints
from loyalty.transfers import commands, errors


@strawberry.input(description="Points that one member gives another.")
class TransferPointsInput:
    from_account_id: UUID = strawberry.field(description="Who gives.")
    to_account_id: UUID = strawberry.field(description="Who gets: another account.")
    points: Long = strawberry.field(description="How many, from 1.")
    currency: str = strawberry.field(default=POINTS, description="A code of `currencies`.")
    reason: str = strawberry.field(description="Why, in up to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first posting."
    )


@strawberry.type(description="More than a member may give away at once, or within 24 hours.")
class TransferLimitReached(Refusal):
    asked: Long = strawberry.field(description="How much was to be given away.")
    left: Long = strawberry.field(description="How much may be given away now.")


@strawberry.type(description="The points belong to the other member.")
class PointsWereTransferred:
    posting_id: UUID = strawberry.field(
        description="The giver's posting, the first one for a repeat."
    )
    balance: Long = strawberry.field(description="What the giver had left right after it.")
    account: PointsAccount = strawberry.field(description="The giver's account as it is now.")


TransferPointsResult: TypeAlias = Annotated[
    PointsWereTransferred
    | NotEnoughPoints
    | TransferLimitReached
    | NotFound
    | InvalidInput
    | IdempotencyKeyReused,
    strawberry.union("TransferPointsResult"),
]


@strawberry.type
class TransfersMutation:
    @strawberry.mutation(
        description="Give points to another member, those that expire first; they keep their end. "
        "A customer gives their own, to any account; others between accounts of their unit. "
        "Publishes `loyalty.points.transferred` for both.",
        extensions=[Roles("front_line", "operator", "customer")],
    )
    async def transfer_points(self, info: Info, input: TransferPointsInput) -> TransferPointsResult:
        db, caller = info.context.db, info.context.caller
        await accounts.visible_account(db, input.from_account_id, caller)
        if "customer" not in caller.roles:
            await accounts.visible_account(db, input.to_account_id, caller)
        async with db.transaction() as session:
            posted = await commands.transfer_points(
                session,
                commands.Transfer(
                    giver=input.from_account_id,
                    taker=input.to_account_id,
                    points=input.points,
                    reason=input.reason,
                    key=input.idempotency_key,
                    currency=input.currency,
                ),
            )
        account = await accounts.visible_account(db, input.from_account_id, caller)
        return PointsWereTransferred(
            posting_id=posted.posting_id,
            balance=Long(posted.balance),
            account=PointsAccount.of(account),
        )


answered = [answers(errors.TransferLimitReached, TransferLimitReached)]
