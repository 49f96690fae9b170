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
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


class VoucherBatch(Entity, table=True):
    """Vouchers of one type, made together. `pooled` ones are issued later, others are good at once.

    Withdrawn, none that was not issued or used is good any more; `withdrawn_upto` is how far that
    is, `withdrawn` how many those were.
    """

    __tablename__ = "voucher_batch"
    __table_args__ = (
        CheckConstraint(one_of("state", *VoucherBatchState), name="voucher_batch_state"),
        CheckConstraint(f"size BETWEEN 1 AND {MOST_VOUCHERS}", name="voucher_batch_size"),
        CheckConstraint("made BETWEEN 0 AND size", name="voucher_batch_makes_no_more"),
        CheckConstraint(
            "(state = 'making') = (made < size) AND (state = 'making') = (finished_at IS NULL)",
            name="voucher_batch_is_done_when_all_are_made",
        ),
        CheckConstraint(
            "(state IN ('withdrawing', 'withdrawn')) = (withdrawn_by IS NOT NULL) "
            "AND (withdrawn_by IS NOT NULL OR withdrawn_at IS NULL AND withdrawn_because = '') "
            "AND withdrawn BETWEEN 0 AND size",
            name="voucher_batch_is_withdrawn_by_somebody",
        ),
        Index("voucher_batch_of_type", "type_id", "id"),
        Index("voucher_batch_to_make", "id", postgresql_where=text("state = 'making'")),
        Index("voucher_batch_to_withdraw", "id", postgresql_where=text("state = 'withdrawing'")),
    )

    type_id: UUID = Field(foreign_key="voucher_type.id")
    size: int
    made: int = 0
    state: str = words(default=VoucherBatchState.MAKING)
    pooled: bool = False
    expires_at: datetime | None = moment(default=None)
    asked_by: str = words()
    finished_at: datetime | None = moment(default=None)
    withdrawn_by: str | None = words(default=None)
    withdrawn_at: datetime | None = moment(default=None)
    withdrawn_because: str = words(default="", sa_column_kwargs={"server_default": ""})
    withdrawn_upto: UUID | None = None
    withdrawn: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
