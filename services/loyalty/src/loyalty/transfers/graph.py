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
from loyalty.hands import colleague
from loyalty.points.commands.spending import require_words
from loyalty.points.graph.account import PointsAccount
from loyalty.points.graph.moving import NotEnoughPoints
from loyalty.points.keys import own_of_account
from loyalty.transfers import errors, models
from loyalty.transfers.commands.giving import Transfer, transfer_points

DEVICE_LENGTH = 200
GIVING = ("transfer", "lock:transfer")


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
    device: str | None = strawberry.field(
        default=None, description="What the giver uses, up to 200 characters; kept as a mark."
    )


@strawberry.type(description="Limits against fraud do not let these points go; nothing moved.")
class TransferRefused(Refusal):
    pass


@strawberry.type(
    description="A person looks at it first: the points are locked until the transfer is made or "
    "they come back. Releasing the reservation withdraws it."
)
class TransferIsReviewed:
    reservation_id: UUID = strawberry.field(description="What has locked the points.")
    state: str = strawberry.field(description="waiting, made or returned.")
    account: PointsAccount = strawberry.field(description="The giver's account as it is now.")


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
    | TransferIsReviewed
    | TransferRefused
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
        async with db.reading() as session:
            key = await own_of_account(
                session, caller, input.idempotency_key, GIVING, input.from_account_id
            )
        asked = Transfer(
            giver=input.from_account_id,
            taker=input.to_account_id,
            points=input.points,
            reason=input.reason,
            key=key,
            currency=input.currency,
            device=_checked(input.device),
            caused_by=colleague(caller),
        )
        async with db.transaction() as session:
            done = await transfer_points(session, asked)
        account = PointsAccount.of(
            await accounts.visible_account(db, input.from_account_id, caller)
        )
        if isinstance(done, models.HeldTransfer):
            return TransferIsReviewed(
                reservation_id=done.reservation_id, state=done.state, account=account
            )
        return PointsWereTransferred(
            posting_id=done.posting_id, balance=Long(done.balance), account=account
        )


def _checked(device: str | None) -> str | None:
    if device is not None:
        require_words("device", device, DEVICE_LENGTH)
    return device


answered = [
    answers(errors.TransferLimitReached, TransferLimitReached),
    answers(errors.TransferRefused, TransferRefused),
]
