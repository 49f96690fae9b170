"""Batches of vouchers as they are stored: what was asked for, and how far it is."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import one_of, words
from loyalty.entity import Entity

MOST_VOUCHERS = 1_000_000


class VoucherBatchState(StrEnum):
    MAKING = "making"
    DONE = "done"


class VoucherBatch(Entity, table=True):
    """Vouchers of one type, made together. `pooled` ones are issued later, others are good at once."""

    __tablename__ = "voucher_batch"
    __table_args__ = (
        CheckConstraint(one_of("state", *VoucherBatchState), name="voucher_batch_state"),
        CheckConstraint(f"size BETWEEN 1 AND {MOST_VOUCHERS}", name="voucher_batch_size"),
        CheckConstraint("made BETWEEN 0 AND size", name="voucher_batch_makes_no_more"),
        CheckConstraint(
            "(state = 'done') = (made = size) AND (state = 'done') = (finished_at IS NOT NULL)",
            name="voucher_batch_is_done_when_all_are_made",
        ),
        Index("voucher_batch_of_type", "type_id", "id"),
        Index("voucher_batch_to_make", "id", postgresql_where=text("state = 'making'")),
    )

    type_id: UUID = Field(foreign_key="voucher_type.id")
    size: int
    made: int = 0
    state: str = words(default=VoucherBatchState.MAKING)
    pooled: bool = False
    expires_at: datetime | None = moment(default=None)
    asked_by: str = words()
    finished_at: datetime | None = moment(default=None)
