"""Letting points that wait be spent early, and cancelling them."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from kit.database import AsyncSession
from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.context import Info
from kit.graph.refusals import Conflict, IdempotencyKeyReused, InvalidInput, NotFound
from kit.graph.scalars import Long
from loyalty.accounts.queries import accounts_by_customer
from loyalty.earning import models, queries
from loyalty.earning.commands import pending
from loyalty.points.graph.account import PointsAccount

Settled: TypeAlias = tuple[Long, PointsAccount]


@strawberry.input(description="What something that happened gave for later.")
class PendingPointsInput:
    event: models.EarningEvent = strawberry.field(description="What happened: see `earnings`.")
    source_id: UUID = strawberry.field(description="Which order, conversion, touchpoint, ...")
    reason: str = strawberry.field(description="Why, in up to 200 characters: the member reads it.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first answer."
    )


@strawberry.type(description="The points may be spent from now on.")
class PendingPointsWereConfirmed:
    points: Long = strawberry.field(description="How many of them had waited.")
    account: PointsAccount = strawberry.field(description="The account as it is now.")


@strawberry.type(description="The points are taken back; no debt came of it.")
class PendingPointsWereCancelled:
    points: Long = strawberry.field(description="How many of them had waited.")
    account: PointsAccount = strawberry.field(description="The account as it is now.")


ConfirmPendingPointsResult: TypeAlias = Annotated[
    PendingPointsWereConfirmed | NotFound | InvalidInput | Conflict | IdempotencyKeyReused,
    strawberry.union("ConfirmPendingPointsResult"),
]
CancelPendingPointsResult: TypeAlias = Annotated[
    PendingPointsWereCancelled | NotFound | InvalidInput | Conflict | IdempotencyKeyReused,
    strawberry.union("CancelPendingPointsResult"),
]


@strawberry.type
class PendingPointsMutation:
    @strawberry.mutation(
        description="Let a member spend now what a rule gave for later (`usableAfterDays`). They "
        "end when they would have. Conflict when nothing of it waits any more, or a review is to "
        "decide on it. Publishes `loyalty.points.matured`.",
        extensions=[Roles("front_line", "operator")],
    )
    async def confirm_pending_points(
        self, info: Info, input: PendingPointsInput
    ) -> ConfirmPendingPointsResult:
        points, account = await _settle(info, input, pending.confirm_pending)
        return PendingPointsWereConfirmed(points=points, account=account)

    @strawberry.mutation(
        description="Take back what a rule gave for later (`usableAfterDays`) while it waits: it "
        "makes no debt, counts towards no tier, and makes room under caps again. What may be spent "
        "already stays. Conflict as above. Publishes `loyalty.points.reversed`.",
        extensions=[Roles("front_line", "operator")],
    )
    async def cancel_pending_points(
        self, info: Info, input: PendingPointsInput
    ) -> CancelPendingPointsResult:
        points, account = await _settle(info, input, pending.cancel_pending)
        return PendingPointsWereCancelled(points=points, account=account)


async def _settle(
    info: Info,
    input: PendingPointsInput,
    command: Callable[[AsyncSession, pending.Asked], Awaitable[int]],
) -> Settled:
    db, caller = info.context.db, info.context.caller
    event, source = input.event, input.source_id
    async with db.transaction() as session:
        customer = await queries.who_earned(session, event, source)
        if not customer or not await accounts_by_customer(db, [customer], caller):
            raise NotFoundError("earning", source)
        asked = pending.Asked(event, source, input.reason, input.idempotency_key, caller.subject)
        points = await command(session, asked)
    (account,) = (await accounts_by_customer(db, [customer], caller)).values()
    return Long(points), PointsAccount.of(account)
