"""Vouchers, their uses, and who guesses codes, as they are stored."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity, Row
from loyalty.vouchers.codes import ALPHABET, LENGTH


class VoucherState(StrEnum):
    OPEN = "open"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class RedemptionState(StrEnum):
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RELEASED = "released"
    CANCELLED = "cancelled"


class UseState(StrEnum):
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RELEASED = "released"
    RETURNED = "returned"


class Voucher(Entity, table=True):
    """One code that is good once. Issued it is one customer's; without one it is whoever's has it.

    `pooled` ones wait to be issued, and are nobody's before. `number` counts those that were issued
    for one source.
    """

    __tablename__ = "voucher"
    __table_args__ = (
        CheckConstraint(one_of("state", *VoucherState), name="voucher_state"),
        CheckConstraint(f"code ~ '^[{ALPHABET}]{{{LENGTH}}}$'", name="voucher_code"),
        CheckConstraint(
            "(customer_id IS NULL) = (issued_at IS NULL)", name="voucher_is_issued_to_somebody"
        ),
        CheckConstraint(
            "(source_kind IS NULL) = (source_id IS NULL) "
            "AND (source_id IS NULL OR customer_id IS NOT NULL)",
            name="voucher_is_issued_for_something",
        ),
        CheckConstraint(
            "NOT pooled OR customer_id IS NOT NULL OR state IN ('open', 'expired', 'withdrawn')",
            name="voucher_of_a_pool_is_issued_first",
        ),
        CheckConstraint("number > 0", name="voucher_number"),
        Index(
            "voucher_of_source",
            "source_kind",
            "source_id",
            "number",
            unique=True,
            postgresql_where=text("source_id IS NOT NULL"),
        ),
        Index(
            "voucher_by_customer",
            "customer_id",
            "id",
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
        Index(
            "voucher_in_pool",
            "type_id",
            "id",
            postgresql_where=text("pooled AND customer_id IS NULL AND state = 'open'"),
        ),
        Index(
            "voucher_to_expire",
            "expires_at",
            postgresql_where=text("state = 'open' AND expires_at IS NOT NULL"),
        ),
        Index("voucher_of_batch", "batch_id", "id", postgresql_where=text("batch_id IS NOT NULL")),
    )

    type_id: UUID = Field(foreign_key="voucher_type.id")
    batch_id: UUID | None = Field(default=None, foreign_key="voucher_batch.id")
    code: str = words(unique=True)
    pooled: bool = False
    state: str = words(default=VoucherState.OPEN)
    customer_id: UUID | None = None
    issued_at: datetime | None = moment(default=None)
    expires_at: datetime | None = moment(default=None)
    source_kind: str | None = words(default=None)
    source_id: UUID | None = None
    number: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class VoucherRedemption(Entity, table=True):
    """Vouchers that take something off one order together: all of them, or none.

    `partner_code` is whose till took them; None for ours. `by` reserved them, `redeemed_by` had
    them redeemed and `ended_by` let go of them; nobody where time or a cancelled order did.
    """

    __tablename__ = "voucher_redemption"
    __table_args__ = (
        CheckConstraint(one_of("state", *RedemptionState), name="voucher_redemption_state"),
        CheckConstraint(
            "discount_minor BETWEEN 0 AND order_minor", name="vouchers_leave_no_negative_price"
        ),
        CheckConstraint(
            "(state IN ('redeemed', 'cancelled')) = (order_id IS NOT NULL) "
            "AND (order_id IS NULL) = (redeemed_at IS NULL)",
            name="vouchers_are_redeemed_for_an_order",
        ),
        CheckConstraint(
            "(state IN ('released', 'cancelled')) = (ended_at IS NOT NULL)",
            name="voucher_redemption_ended",
        ),
        CheckConstraint(
            "state <> 'reserved' OR reserved_until IS NOT NULL", name="vouchers_are_reserved_until"
        ),
        Index("voucher_redemption_by_customer", "customer_id", "id"),
        Index(
            "voucher_redemption_by_time",
            "redeemed_at",
            postgresql_where=text("redeemed_at IS NOT NULL"),
        ),
        Index(
            "voucher_redemption_cancelled",
            "ended_at",
            postgresql_where=text("state = 'cancelled'"),
        ),
        Index(
            "vouchers_of_an_order_are_redeemed_together",
            "order_id",
            unique=True,
            postgresql_where=text("order_id IS NOT NULL"),
        ),
        Index(
            "voucher_redemption_to_release",
            "reserved_until",
            postgresql_where=text("state = 'reserved'"),
        ),
    )

    customer_id: UUID
    unit: str = words()
    state: str = words()
    currency: str = words()
    order_minor: int = long()
    discount_minor: int = long()
    reserved_until: datetime | None = moment(default=None)
    order_id: UUID | None = None
    redeemed_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)
    by: str = words()
    redeemed_by: str | None = words(default=None)
    ended_by: str | None = words(default=None)
    partner_code: str | None = words(default=None)


class VoucherUse(Row, table=True):
    """One voucher of a redemption: its `place` in the order they count, and what it took off.

    `voucher_id` is None for a public code; `lines` is what came off each line of the order.
    """

    __tablename__ = "voucher_use"
    __table_args__ = (
        CheckConstraint(one_of("state", *UseState), name="voucher_use_state"),
        CheckConstraint("discount_minor > 0", name="voucher_use_takes_something_off"),
        Index(
            "voucher_is_used_once",
            "voucher_id",
            unique=True,
            postgresql_where=text("voucher_id IS NOT NULL AND state IN ('reserved', 'redeemed')"),
        ),
    )

    redemption_id: UUID = Field(foreign_key="voucher_redemption.id", primary_key=True)
    place: int = Field(primary_key=True)
    type_id: UUID = Field(foreign_key="voucher_type.id")
    voucher_id: UUID | None = Field(default=None, foreign_key="voucher.id")
    state: str = words()
    discount_minor: int = long()
    lines: list[int] = Field(sa_type=ARRAY(BigInteger))


class VoucherGuess(Row, table=True):
    """How many wrong codes somebody asked for in an hour, and those being looked up now.

    `asker` is a digest that names nobody.
    """

    __tablename__ = "voucher_guess"
    __table_args__ = (CheckConstraint("wrong >= 0", name="voucher_guess_is_wrong"),)

    asker: str = words(primary_key=True)
    hour: datetime = moment(primary_key=True)
    wrong: int
