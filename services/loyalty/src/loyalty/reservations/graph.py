"""Reservations in the graph."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.database import AsyncSession
from kit.graph.access import Roles
from kit.graph.connections import First
from kit.graph.context import Info
from kit.graph.personal import PERSONAL
from kit.graph.refusals import Conflict, IdempotencyKeyReused, InvalidInput, NotFound
from kit.graph.scalars import Long
from kit.personal.seeing import masked
from loyalty.accesses.noting import saw
from loyalty.accounts import queries as accounts
from loyalty.currencies.models import POINTS
from loyalty.hands import colleague
from loyalty.points.graph.account import READERS, PointsAccount
from loyalty.points.graph.moving import NotEnoughPoints
from loyalty.points.keys import own_of_account
from loyalty.points.models import IN_OWN_WORDS, Posted
from loyalty.reservations import commands, queries
from loyalty.sight import SIGHT


@strawberry.input(description="Points to be locked for a redemption.")
class ReservePointsInput:
    account_id: UUID = strawberry.field(description="Whose points.")
    points: Long = strawberry.field(description="How many, from 1.")
    currency: str = strawberry.field(default=POINTS, description="A code of `currencies`.")
    seconds: int = strawberry.field(
        default=900,
        description="After how long they come back if nobody confirms; up to 604800, a week.",
    )
    reason: str = strawberry.field(description="What for, in up to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first reservation."
    )


@strawberry.type(description="Points that are locked for a redemption.")
class PointsReservation:
    id: UUID = strawberry.field(description="Its identifier.")
    points: Long = strawberry.field(description="How many are locked.")
    currency: str = strawberry.field(description="The code of their currency.")
    why: strawberry.Private[str]
    written: strawberry.Private[bool]
    expires_at: datetime = strawberry.field(description="When they come back by themselves.")

    @classmethod
    def of(cls, held: queries.Held) -> Self:
        reserved, locking = held
        return cls(
            id=reserved.id,
            points=Long(-locking.points),
            currency=locking.currency,
            why=locking.reason,
            written=locking.source_kind in IN_OWN_WORDS,
            expires_at=reserved.expires_at,
        )

    @strawberry.field(
        description="What for. What somebody wrote is masked for who sees no personal data.",
        directives=[PERSONAL],
    )
    def reason(self, info: Info) -> str:
        whole = not self.written or SIGHT.is_whole(info.context.caller)
        return masked(self.why, whole=whole) or ""


@strawberry.type(description="The points are locked.")
class PointsWereReserved:
    reservation_id: UUID = strawberry.field(description="What to confirm or release.")
    balance: Long = strawberry.field(description="What was left to spend right after it.")
    account: PointsAccount = strawberry.field(description="The account as it is now.")


@strawberry.type(description="The reservation is confirmed or released.")
class ReservationWasSettled:
    posting_id: UUID = strawberry.field(description="The posting, the first one for a repeat.")
    balance: Long = strawberry.field(description="What was left to spend right after it.")
    account: PointsAccount = strawberry.field(description="The account as it is now.")


ReservePointsResult: TypeAlias = Annotated[
    PointsWereReserved | NotEnoughPoints | NotFound | InvalidInput | IdempotencyKeyReused,
    strawberry.union("ReservePointsResult"),
]
SettleReservationResult: TypeAlias = Annotated[
    ReservationWasSettled | NotFound | Conflict, strawberry.union("SettleReservationResult")
]


@strawberry.type
class ReservationsMutation:
    @strawberry.mutation(
        description="Lock points for a redemption, those that expire first coming first. "
        "Publishes `loyalty.points.locked`.",
        extensions=[Roles("front_line", "operator", "customer")],
    )
    async def reserve_points(self, info: Info, input: ReservePointsInput) -> ReservePointsResult:
        db, caller = info.context.db, info.context.caller
        await accounts.visible_account(db, input.account_id, caller)
        async with db.transaction() as session:
            key = await own_of_account(
                session, caller, input.idempotency_key, ["lock"], input.account_id
            )
            posted = await commands.reserve_points(
                session,
                input.account_id,
                input.points,
                input.reason,
                key,
                seconds=input.seconds,
                currency=input.currency,
                asked_by=colleague(caller),
            )
        account = await accounts.visible_account(db, input.account_id, caller)
        return PointsWereReserved(
            reservation_id=posted.posting_id,
            balance=Long(posted.balance),
            account=PointsAccount.of(account),
        )

    @strawberry.mutation(
        description="Spend what a reservation has locked. Publishes `loyalty.points.spent`.",
        extensions=[Roles("front_line", "operator")],
    )
    async def confirm_reservation(self, info: Info, id: UUID) -> SettleReservationResult:
        return await _settle(info, commands.confirm_reservation, id)

    @strawberry.mutation(
        description="Give back what a reservation has locked. Publishes `loyalty.points.released`.",
        extensions=[Roles("front_line", "operator", "customer")],
    )
    async def release_reservation(self, info: Info, id: UUID) -> SettleReservationResult:
        return await _settle(info, commands.release_reservation, id)


@strawberry.type
class ReservationsQuery:
    @strawberry.field(
        description="What an account has reserved, what ends first coming first; empty without "
        "an account that you may see.",
        extensions=[Roles(*READERS)],
    )
    async def points_reservations(
        self, info: Info, account_id: UUID, first: First = 10
    ) -> list[PointsReservation] | None:
        db = info.context.db
        found_by_id = await accounts.accounts_by_id(db, [account_id], info.context.caller)
        if not found_by_id:
            return []
        saw(info.context, found_by_id[account_id].customer_id, "reservations")
        async with db.reading() as session:
            found = await queries.reservations_of(session, account_id, first)
        return [PointsReservation.of(each) for each in found]


Settle: TypeAlias = Callable[[AsyncSession, UUID, str | None], Awaitable[Posted]]


async def _settle(info: Info, command: Settle, reservation_id: UUID) -> ReservationWasSettled:
    db, caller = info.context.db, info.context.caller
    async with db.transaction() as session:
        reserved, _ = await queries.reservation(session, reservation_id)
        await accounts.visible_account(db, reserved.account_id, caller)
        posted = await command(session, reservation_id, colleague(caller))
    account = await accounts.visible_account(db, reserved.account_id, caller)
    return ReservationWasSettled(
        posting_id=posted.posting_id,
        balance=Long(posted.balance),
        account=PointsAccount.of(account),
    )
