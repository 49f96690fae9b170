"""Adjustments in the graph."""

from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.personal import People
from kit.graph.refusals import Conflict, IdempotencyKeyReused, InvalidInput, NotFound
from kit.graph.scalars import Long
from loyalty.accesses.noting import saw
from loyalty.accounts import queries as accounts
from loyalty.adjustments import commands, models, queries
from loyalty.currencies.models import POINTS
from loyalty.points.graph.account import PointsAccount, accounts_by_id
from loyalty.points.graph.moving import NotEnoughPoints

AdjustmentState = strawberry.enum(
    models.AdjustmentState,
    description="WAITING for an approver; ALONE: small enough to be posted without; APPROVED and "
    "posted; or REFUSED.",
)


@strawberry.input(description="Points somebody adds to an account or takes from it.")
class AdjustPointsInput:
    account_id: UUID = strawberry.field(description="Whose points.")
    points: Long = strawberry.field(description="How many: positive adds, negative takes.")
    currency: str = strawberry.field(default=POINTS, description="A code of `currencies`.")
    reason: str = strawberry.field(description="Why, in up to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Yours, unique per intent: a repeat gets the first answer."
    )


@strawberry.type(description="What somebody wants to put right, and what another decided.")
class Adjustment:
    id: UUID = strawberry.field(description="Its identifier.")
    account_id: strawberry.Private[UUID]
    currency: str = strawberry.field(description="The code of its currency.")
    points: Long = strawberry.field(description="Positive adds, negative takes.")
    reason: str = strawberry.field(description="Why.")
    state: models.AdjustmentState = strawberry.field(description="What became of it.")
    asked_by: str = strawberry.field(description="Who wants it.")
    asked_at: datetime = strawberry.field(description="Since when.")
    decided_by: str | None = strawberry.field(description="Who decided; never who asked.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    note: str = strawberry.field(description="What they said to it.")
    posting_id: UUID | None = strawberry.field(description="The posting, once there is one.")

    @classmethod
    def of(cls, row: models.Adjustment) -> Self:
        return cls(
            id=row.id,
            account_id=row.account_id,
            currency=row.currency,
            points=Long(row.points),
            reason=row.reason,
            state=AdjustmentState(row.state),
            asked_by=row.asked_by,
            asked_at=row.created_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            note=row.note,
            posting_id=row.posting_id,
        )

    @strawberry.field(
        description="Whose points; null when you may not see them.",
        extensions=[People(saw, "adjustments", person="customer_id")],
    )
    async def account(self, info: Info) -> PointsAccount | None:
        return await info.context.loader(accounts_by_id).load(self.account_id)


@strawberry.type(description="The account is put right.")
class PointsWereAdjusted:
    posting_id: UUID = strawberry.field(description="The posting, the first one for a repeat.")
    balance: Long = strawberry.field(description="What was left right after it.")
    account: PointsAccount = strawberry.field(description="The account as it is now.")


@strawberry.type(description="It is more than one person may adjust: another has to agree.")
class AdjustmentWasRequested:
    adjustment: Adjustment = strawberry.field(description="What waits, or was decided since.")


@strawberry.type(description="The adjustment is approved and posted, or refused.")
class AdjustmentWasDecided:
    adjustment: Adjustment = strawberry.field(description="It, as it is now.")


AdjustPointsResult: TypeAlias = Annotated[
    PointsWereAdjusted
    | AdjustmentWasRequested
    | NotEnoughPoints
    | NotFound
    | InvalidInput
    | IdempotencyKeyReused,
    strawberry.union("AdjustPointsResult"),
]
DecideAdjustmentResult: TypeAlias = Annotated[
    AdjustmentWasDecided | NotEnoughPoints | NotFound | InvalidInput | Conflict,
    strawberry.union("DecideAdjustmentResult"),
]
Note: TypeAlias = Annotated[
    str, strawberry.argument(description="What to tell whoever asked, up to 500 characters.")
]


@strawberry.type
class AdjustmentsMutation:
    @strawberry.mutation(
        description="Put an account right, never below zero. What comes to more than the "
        "currency's `adjustableAlone`, with what was adjusted of the account in the last 24 hours, "
        "waits for an approver. Publishes `loyalty.points.adjusted` or "
        "`loyalty.adjustment.requested`.",
        extensions=[Roles("front_line", "operator")],
    )
    async def adjust_points(self, info: Info, input: AdjustPointsInput) -> AdjustPointsResult:
        db, caller = info.context.db, info.context.caller
        await accounts.visible_account(db, input.account_id, caller)
        async with db.transaction() as session:
            key = await queries.own_key(session, caller, input.idempotency_key, input.account_id)
            correction = models.Correction(
                input.account_id, input.points, input.reason, key, input.currency
            )
            done = await commands.adjust_points(session, correction, caller.subject)
        if isinstance(done, models.Adjustment):
            return AdjustmentWasRequested(adjustment=Adjustment.of(done))
        account = await accounts.visible_account(db, input.account_id, caller)
        return PointsWereAdjusted(
            posting_id=done.posting_id,
            balance=Long(done.balance),
            account=PointsAccount.of(account),
        )

    @strawberry.mutation(
        description="Agree to an adjustment that somebody else asked for, which posts it. "
        "Publishes `loyalty.points.adjusted` and `loyalty.adjustment.decided`.",
        extensions=[Roles("approver")],
    )
    async def approve_adjustment(
        self, info: Info, id: UUID, note: Note = ""
    ) -> DecideAdjustmentResult:
        return await _decide(info, id, note, approves=True)

    @strawberry.mutation(
        description="Refuse an adjustment that somebody else asked for. Publishes "
        "`loyalty.adjustment.decided`.",
        extensions=[Roles("approver")],
    )
    async def refuse_adjustment(
        self, info: Info, id: UUID, note: Note = ""
    ) -> DecideAdjustmentResult:
        return await _decide(info, id, note, approves=False)


async def _decide(
    info: Info, adjustment_id: UUID, note: str, *, approves: bool
) -> AdjustmentWasDecided:
    db, caller = info.context.db, info.context.caller
    async with db.transaction() as session:
        adjustment = await queries.adjustment_to_decide(session, adjustment_id)
        await accounts.visible_account(db, adjustment.account_id, caller)
        decided = await commands.decide_on(
            session, adjustment, caller.subject, note, approves=approves
        )
    return AdjustmentWasDecided(adjustment=Adjustment.of(decided))


@strawberry.type
class AdjustmentsQuery:
    @strawberry.field(
        description="Adjustments of your unit's members in a state, the oldest first: what "
        "waits is the approver's queue, ALONE are those that needed none.",
        extensions=[Roles("approver", "operator", "analyst")],
    )
    async def adjustments(
        self,
        info: Info,
        state: Annotated[
            models.AdjustmentState, strawberry.argument(description="In which state.")
        ] = AdjustmentState.WAITING,
        first: First = 20,
        after: After = None,
    ) -> Connection[Adjustment] | None:
        unit = info.context.caller.unit or ""
        async with info.context.db.reading() as session:
            found = await queries.adjustments_in(session, state, unit, first, after)
        return Connection.of(found, Adjustment.of)
