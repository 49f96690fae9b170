"""Batches of payouts: what was given to finance to be paid, and when."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from channel.entity import Entity

MOST_IN_A_BATCH = 1_000


class PayoutBatch(Entity, table=True):
    """Amounts that are paid together. What lies in it never changes."""

    __tablename__ = "payout_batch"
    __table_args__ = (
        CheckConstraint("payouts > 0 AND amount_minor > 0", name="payout_batch_pays_something"),
        Index("payout_batch_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    unit: str
    currency: str
    opened_by: str
    payouts: int
    amount_minor: int = Field(sa_type=BigInteger)


class Payout(Entity, table=True):
    """One fulfilment's amount in a batch. An attempt lies in one batch alone, for ever."""

    __tablename__ = "payout"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="payout_is_positive"),
        Index("payout_of_an_attempt", "fulfilment_id", "attempt", unique=True),
        Index("payout_by_batch", "batch_id", "fulfilment_id", unique=True),
    )

    batch_id: UUID = Field(foreign_key="payout_batch.id")
    fulfilment_id: UUID = Field(foreign_key="fulfilment_work.id")
    attempt: int
    amount_minor: int = Field(sa_type=BigInteger)
