"""Voucher batches in the graph."""

from datetime import datetime
from typing import Annotated, Self, TypeAlias
from uuid import UUID

import strawberry

from kit.errors import NotFound as NotFoundError
from kit.graph.access import Roles
from kit.graph.connections import After, Connection, First
from kit.graph.context import Info
from kit.graph.refusals import Conflict, IdempotencyKeyReused, InvalidInput, NotFound
from kit.idempotency import answered_before, remember_answer
from loyalty.voucher_batches import models, queries
from loyalty.voucher_batches.commands.making import begin_batch
from loyalty.voucher_batches.commands.withdrawing import withdraw_batch
from loyalty.voucher_types.graph.types import COUNTED_FOR, VoucherType
from loyalty.vouchers.graph.types import types_by_id

VoucherBatchState = strawberry.enum(
    models.VoucherBatchState,
    description="MAKING goes on in the background, DONE is whole; WITHDRAWING, then WITHDRAWN: "
    "what was not issued or used is good no more.",
)


@strawberry.type(description="Unique codes of one type, made together.")
class VoucherBatch:
    type_id: strawberry.Private[UUID]
    id: UUID = strawberry.field(description="Its identifier.")
    size: int = strawberry.field(description="How many were asked for.")
    made: int = strawberry.field(description="How many there are by now.")
    state: models.VoucherBatchState = strawberry.field(description="Whether all are made.")
    pooled: bool = strawberry.field(
        description="Whether they wait to be issued, and are worth nothing before; others are "
        "good at once for whoever has one."
    )
    expires_at: datetime | None = strawberry.field(description="Good until then; null for ever.")
    asked_by: str = strawberry.field(description="Who asked for them.")
    asked_at: datetime = strawberry.field(description="When.")
    finished_at: datetime | None = strawberry.field(description="When all were made.")
    withdrawn: int = strawberry.field(description="How many were withdrawn by now.")
    withdrawn_by: str | None = strawberry.field(description="Who had it withdrawn.")
    withdrawn_at: datetime | None = strawberry.field(description="When they did.")
    withdrawn_because: str = strawberry.field(description="Why they did; empty: they didn't say.")

    @strawberry.field(description="Their terms.")
    async def voucher_type(self, info: Info) -> VoucherType:
        return await info.context.loader(types_by_id).load(self.type_id)

    @classmethod
    def of(cls, row: models.VoucherBatch) -> Self:
        return cls(
            type_id=row.type_id,
            id=row.id,
            size=row.size,
            made=row.made,
            state=models.VoucherBatchState(row.state),
            pooled=row.pooled,
            expires_at=row.expires_at,
            asked_by=row.asked_by,
            asked_at=row.created_at,
            finished_at=row.finished_at,
            withdrawn=row.withdrawn,
            withdrawn_by=row.withdrawn_by,
            withdrawn_at=row.withdrawn_at,
            withdrawn_because=row.withdrawn_because,
        )


@strawberry.type(description="The codes are being made.")
class VoucherBatchWasBegun:
    batch: VoucherBatch = strawberry.field(description="How far it is; the first for a repeat.")


MakeVouchersResult: TypeAlias = Annotated[
    VoucherBatchWasBegun | NotFound | Conflict | InvalidInput | IdempotencyKeyReused,
    strawberry.union("MakeVouchersResult"),
]


@strawberry.type(description="Its codes are being withdrawn, within a minute.")
class VoucherBatchWasWithdrawn:
    batch: VoucherBatch = strawberry.field(description="How far that is.")


WithdrawVoucherBatchResult: TypeAlias = Annotated[
    VoucherBatchWasWithdrawn | NotFound | Conflict | InvalidInput,
    strawberry.union("WithdrawVoucherBatchResult"),
]


@strawberry.type
class VoucherBatchesQuery:
    @strawberry.field(
        description="Batches of your unit's voucher types, the newest first. An operator "
        "downloads the codes of one: GET /v1/voucher-batches/{id}/codes.csv.",
        extensions=[Roles(*COUNTED_FOR)],
    )
    async def voucher_batches(
        self,
        info: Info,
        voucher_type_code: Annotated[
            str | None, strawberry.argument(description="Of this type.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[VoucherBatch] | None:
        unit = info.context.caller.unit or ""
        async with info.context.db.reading() as session:
            found = await queries.batches(session, unit, voucher_type_code, first, after)
        return Connection.of(found, VoucherBatch.of)


@strawberry.type
class VoucherBatchesMutation:
    @strawberry.mutation(
        description="Make up to a million unique codes of a live type in the background; those of "
        "a pooled type wait to be issued, others are good at once for whoever has one.",
        extensions=[Roles("marketer", "operator")],
    )
    async def make_vouchers(
        self,
        info: Info,
        voucher_type_code: Annotated[str, strawberry.argument(description="Of which type.")],
        size: Annotated[int, strawberry.argument(description="How many, 1 to 1,000,000.")],
        idempotency_key: Annotated[
            str,
            strawberry.argument(
                description="Yours, unique per intent: a repeat gets the first batch as it is now."
            ),
        ],
    ) -> MakeVouchersResult:
        caller, unit = info.context.caller, info.context.caller.unit or ""
        operation = f"make_vouchers:{caller.subject}"
        content = {"type": voucher_type_code, "size": size}
        async with info.context.db.transaction() as session:
            known = await answered_before(session, operation, idempotency_key, content)
            if known is None:
                batch = await begin_batch(session, voucher_type_code, size, unit, caller.subject)
                answer = {"batch_id": str(batch.id)}
                await remember_answer(session, operation, idempotency_key, answer)
                return VoucherBatchWasBegun(batch=VoucherBatch.of(batch))
            found = await queries.batch_seen(session, UUID(known["batch_id"]), unit)
        if found is None:
            raise NotFoundError("voucher batch", known["batch_id"])
        return VoucherBatchWasBegun(batch=VoucherBatch.of(found))

    @strawberry.mutation(
        description="Withdraw a batch whose codes have come into wrong hands: those that were not "
        "issued, reserved or redeemed are good no more, reserved ones neither once they are "
        "released. Again changes nothing.",
        extensions=[Roles("operator")],
    )
    async def withdraw_voucher_batch(
        self,
        info: Info,
        id: Annotated[UUID, strawberry.argument(description="Of the batch.")],
        reason: Annotated[
            str, strawberry.argument(description="Why, in up to 200 characters.")
        ] = "",
    ) -> WithdrawVoucherBatchResult:
        caller = info.context.caller
        async with info.context.db.transaction() as session:
            batch = await withdraw_batch(session, id, caller.unit or "", caller.subject, reason)
        return VoucherBatchWasWithdrawn(batch=VoucherBatch.of(batch))
