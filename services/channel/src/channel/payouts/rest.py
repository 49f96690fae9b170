"""How finance pays cash-back: a batch, its file, and what came of each payout."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from channel.accesses.noting import NOTING
from channel.fulfilments.commands import REASON_LENGTH, REFERENCE_LENGTH
from channel.fulfilments.models import HandoutOutcome, HandoutState
from channel.payouts import commands, models, queries
from channel.payouts.models import MOST_IN_A_BATCH
from channel.sight import SIGHT
from kit.cells import MEDIA_TYPE, csv_lines
from kit.database import AsyncSession
from kit.idempotency import answered_before, remember_answer
from kit.identity import Caller
from kit.rest import CallerOf, DatabaseOf, IdempotencyKey

COLUMNS = (
    "fulfilment_id", "attempt", "customer_id", "amount_minor", "currency", "title", "requested_at",
    "state", "reference", "reason",
)  # fmt: skip

router = APIRouter(prefix="/v1/payout-batches", tags=["payouts"])
BatchId = Annotated[UUID, Path(description="Of the batch.")]


class NewPayoutBatch(BaseModel):
    """Which cash-back is to be paid now."""

    model_config = ConfigDict(extra="forbid")

    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217; a batch is of one.")
    most: int = Field(
        MOST_IN_A_BATCH, ge=1, le=MOST_IN_A_BATCH, description="At most so many; due first first."
    )


class PayoutBatchView(BaseModel):
    """Payouts that are paid together."""

    id: UUID = Field(description="The batch's id.")
    unit: str = Field(description="The unit whose customers are paid, as a path.")
    currency: str = Field(description="ISO 4217.")
    payouts: int = Field(description="How many lie in it.")
    amount_minor: int = Field(description="What they come to, in the smallest unit.")
    opened_by: str = Field(description="Who opened it.")
    opened_at: datetime = Field(description="When.")
    waiting: int = Field(description="How many have no outcome yet.")
    completed: int = Field(description="How many are paid.")
    failed: int = Field(
        description="How many could not be paid; one that is tried again is in another batch."
    )

    @classmethod
    def of(cls, batch: models.PayoutBatch, counts: dict[str, int]) -> Self:
        return cls(
            id=batch.id,
            unit=batch.unit,
            currency=batch.currency,
            payouts=batch.payouts,
            amount_minor=batch.amount_minor,
            opened_by=batch.opened_by,
            opened_at=batch.created_at,
            waiting=counts.get(HandoutState.CLAIMED, 0),
            completed=counts.get(HandoutState.COMPLETED, 0),
            failed=batch.payouts
            - counts.get(HandoutState.CLAIMED, 0)
            - counts.get(HandoutState.COMPLETED, 0),
        )


class PayoutBatchPage(BaseModel):
    """Batches, newest first."""

    batches: list[PayoutBatchView] = Field(description="The batches of this page.")
    next: str | None = Field(description="Pass as `after` to go on; null at the end.")


class PayoutOutcome(BaseModel):
    """What the bank says of one payout."""

    model_config = ConfigDict(extra="forbid")

    fulfilment_id: UUID = Field(description="From the file.")
    outcome: HandoutOutcome = Field(description="completed: paid; failed: it was not.")
    reference: str = Field(
        "",
        max_length=REFERENCE_LENGTH,
        pattern=r"^[^\x00]*$",
        description="The bank's reference of what was paid.",
    )
    reason: str = Field(
        "", max_length=REASON_LENGTH, pattern=r"^[^\x00]*$", description="Why it was not paid."
    )


class PayoutOutcomes(BaseModel):
    """What the bank says of a batch, or of a part of it."""

    model_config = ConfigDict(extra="forbid")

    outcomes: list[PayoutOutcome] = Field(
        min_length=1, max_length=MOST_IN_A_BATCH, description="In any order, each judged by itself."
    )


class RefusedOutcome(BaseModel):
    """An outcome that was not taken in."""

    fulfilment_id: UUID = Field(description="Of which payout.")
    message: str = Field(description="Why, for people.")


class OutcomesReceipt(BaseModel):
    """What became of the outcomes."""

    ended: int = Field(description="How many were new and are kept.")
    repeated: int = Field(description="How many were known; nothing was changed.")
    refused: list[RefusedOutcome] = Field(description="Those that were not taken in.")


@router.post("", status_code=201, summary="Take cash-back into a batch to be paid")
async def open_payout_batch(
    caller: CallerOf, database: DatabaseOf, key: IdempotencyKey, new: NewPayoutBatch
) -> PayoutBatchView:
    """What is due to customers of your unit and lies in no batch; 409 if there is nothing.

    The same key gets the same batch. What lies in a batch is never put into another until its
    outcome says that it failed and it is asked for again. Role: operator. Scope: payouts:handle.
    """
    _require(caller)
    operation = f"open_payout_batch:{caller.subject}"
    async with database.transaction() as session:
        content = new.model_dump(mode="json")
        if known := await answered_before(session, operation, key, content):
            return PayoutBatchView.model_validate(known)
        batch = await commands.open_batch(session, caller, new.currency, new.most)
        answer = PayoutBatchView.of(batch, {HandoutState.CLAIMED: batch.payouts})
        await remember_answer(session, operation, key, answer.model_dump(mode="json"))
    return answer


@router.get("", summary="Batches of payouts")
async def list_payout_batches(
    caller: CallerOf,
    database: DatabaseOf,
    first: Annotated[int, Query(ge=1, le=100, description="How many.")] = 20,
    after: Annotated[str | None, Query(max_length=400, description="`next` of a page.")] = None,
) -> PayoutBatchPage:
    """Those of your unit and below, newest first. Role: operator. Scope: payouts:handle."""
    _require(caller)
    async with database.reading() as session:
        found = await queries.batches(session, caller.unit or "", first, after)
        counts = await queries.counts_of(session, [each.id for each in found.items])
    return PayoutBatchPage(
        batches=[PayoutBatchView.of(each, counts[each.id]) for each in found.items],
        next=found.end_cursor if found.has_next else None,
    )


@router.get("/{batch_id}", summary="How far a batch is")
async def show_payout_batch(
    caller: CallerOf, database: DatabaseOf, batch_id: BatchId
) -> PayoutBatchView:
    """Role: operator. Scope: payouts:handle."""
    _require(caller)
    async with database.reading() as session:
        batch = await _batch(session, caller, batch_id)
        counts = await queries.counts_of(session, [batch.id])
    return PayoutBatchView.of(batch, counts[batch.id])


@router.get(
    "/{batch_id}/file.csv",
    summary="A batch as a file for the bank",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def download_payout_batch(
    caller: CallerOf, database: DatabaseOf, batch_id: BatchId
) -> Response:
    """One line for each payout, always the same lines; of customers it has their ids alone.

    What is tried again by now is left out. Role: operator. Scope: payouts:handle.
    """
    _require(caller)
    async with database.reading() as session:
        batch = await _batch(session, caller, batch_id)
        lines = await queries.lines_of(session, batch)
    people = {line.customer_id for line in lines}
    await NOTING.note(database, caller, people, ["payouts"], whole=SIGHT.is_whole(caller))
    sheet = csv_lines([COLUMNS, *([getattr(line, name) for name in COLUMNS] for line in lines)])
    name = f"attachment; filename=payouts-{batch.id}.csv"
    return Response(sheet, media_type=MEDIA_TYPE, headers={"content-disposition": name})


@router.post("/{batch_id}/outcomes", summary="Report what the bank says")
async def report_payouts(
    caller: CallerOf, database: DatabaseOf, batch_id: BatchId, report: PayoutOutcomes
) -> OutcomesReceipt:
    """Each once; the same again changes nothing, another outcome is refused.

    Role: operator. Scope: payouts:handle.
    """
    _require(caller)
    async with database.transaction() as session:
        batch = await _batch(session, caller, batch_id)
        paid = [
            commands.PaidOut(each.fulfilment_id, each.outcome, each.reference, each.reason)
            for each in report.outcomes
        ]
        taken = await commands.end_payouts(session, batch, paid, by=caller.subject)
    return OutcomesReceipt(
        ended=taken.ended,
        repeated=taken.repeated,
        refused=[
            RefusedOutcome(fulfilment_id=each.fulfilment_id, message=each.message)
            for each in taken.refused
        ],
    )


def _require(caller: Caller) -> None:
    caller.require_role("operator")
    caller.require_scope("payouts:handle")


async def _batch(session: AsyncSession, caller: Caller, batch_id: BatchId) -> models.PayoutBatch:
    return await queries.batch_by_id(session, batch_id, caller.unit or "")
