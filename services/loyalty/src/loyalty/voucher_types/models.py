"""What vouchers are worth and when they apply, and what has become of them so far."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text
from sqlmodel import Field

from kit.models import moment
from kit.units import lies_below
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity, Row

MOST_MINOR = 10**12
MOST_TAKEN = 10**9
WHOLE = 10_000
ZERO = {"server_default": "0"}


class VoucherTypeState(StrEnum):
    DRAFT = "draft"
    LIVE = "live"
    ENDED = "ended"


class VoucherCoding(StrEnum):
    SINGLE = "single"
    UNIQUE = "unique"


class VoucherDiscount(StrEnum):
    FIXED = "fixed"
    PERCENTAGE = "percentage"
    FREE_PRODUCT = "free_product"


class VoucherStacking(StrEnum):
    EXCLUSIVE = "exclusive"
    WITH_OTHERS = "with_others"


class VoucherType(Entity, table=True):
    """The terms of vouchers. A draft may be written anew; once live, only its end is still open.

    Where `partners` are named, of partners' tills theirs alone accept it.
    `returns` says whether a cancelled order gives the voucher back, `by_hand` whether the front
    line may hand one out, `pooled` whether they are issued from batches alone.
    """

    __tablename__ = "voucher_type"
    __table_args__ = (
        CheckConstraint(one_of("state", *VoucherTypeState), name="voucher_type_state"),
        CheckConstraint(one_of("coding", *VoucherCoding), name="voucher_type_coding"),
        CheckConstraint(one_of("discount", *VoucherDiscount), name="voucher_type_discount"),
        CheckConstraint(one_of("stacking", *VoucherStacking), name="voucher_type_stacking"),
        CheckConstraint(
            "(coding = 'single') = (single_code IS NOT NULL)", name="voucher_type_has_one_code"
        ),
        CheckConstraint(
            "(discount = 'fixed') = (amount_minor IS NOT NULL) "
            "AND (discount = 'percentage') = (basis_points IS NOT NULL) "
            "AND (discount = 'free_product') = (free_product IS NOT NULL)",
            name="voucher_type_says_what_it_takes_off",
        ),
        CheckConstraint(
            f"amount_minor BETWEEN 1 AND {MOST_MINOR} AND basis_points BETWEEN 1 AND {WHOLE}",
            name="voucher_type_takes_something_off",
        ),
        CheckConstraint(
            f"most_minor BETWEEN 1 AND {MOST_MINOR} "
            "AND (most_minor IS NULL OR discount <> 'fixed')",
            name="voucher_type_most",
        ),
        CheckConstraint(
            f"lowest_order_minor BETWEEN 0 AND {MOST_MINOR}", name="voucher_type_lowest_order"
        ),
        CheckConstraint(
            f"least(most_redemptions, most_per_customer, days_valid) > 0 "
            f"AND most_redemptions <= {MOST_TAKEN}",
            name="voucher_type_limits_are_positive",
        ),
        CheckConstraint("valid_until > valid_from", name="voucher_type_validity"),
        CheckConstraint(
            "coding = 'unique' OR NOT (pooled OR by_hand OR days_valid IS NOT NULL)",
            name="voucher_type_of_one_code_is_not_issued",
        ),
        CheckConstraint(
            "(state = 'draft') = (activated_by IS NULL) "
            "AND (activated_by IS NULL) = (activated_at IS NULL)",
            name="voucher_type_is_activated_by_somebody",
        ),
        CheckConstraint("activated_by <> drafted_by", name="voucher_type_is_activated_by_another"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="voucher_type_ended"),
        Index("voucher_type_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    code: str = words(unique=True)
    name: str = words()
    unit: str = words()
    state: str = words(default=VoucherTypeState.DRAFT)
    coding: str = words()
    single_code: str | None = words(default=None, unique=True)
    discount: str = words()
    currency: str = words()
    amount_minor: int | None = long(default=None)
    basis_points: int | None = None
    most_minor: int | None = long(default=None)
    free_product: str | None = words(default=None)
    lowest_order_minor: int = long(default=0)
    products: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    excluded_products: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    valid_from: datetime | None = moment(default=None)
    valid_until: datetime | None = moment(default=None)
    days_valid: int | None = None
    stacking: str = words(default=VoucherStacking.WITH_OTHERS)
    stack_group: str = words()
    priority: int = 0
    most_redemptions: int | None = long(default=None)
    most_per_customer: int | None = None
    lowest_tier: str | None = words(default=None, foreign_key="tier.code")
    segments: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    partners: list[str] = Field(
        default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"}
    )
    pooled: bool = False
    by_hand: bool = False
    returns: bool = True
    drafted_by: str = words()
    activated_by: str | None = words(default=None)
    activated_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)

    def concerns(self, product_code: str) -> bool:
        """Whether a line with this product counts towards what is taken off."""
        if product_code in self.excluded_products:
            return False
        if self.discount == VoucherDiscount.FREE_PRODUCT:
            return product_code == self.free_product
        return not self.products or product_code in self.products

    def is_accepted_by(self, partner: str | None) -> bool:
        """Whether it may be used at this partner's till; ours, None, accept all."""
        return partner is None or not self.partners or partner in self.partners

    def may_be_issued_in(self, unit: str) -> bool:
        """Whether members of the unit, or of some below it, may have one now or once it is live."""
        near = lies_below(unit, self.unit) or lies_below(self.unit, unit)
        return near and self.coding == VoucherCoding.UNIQUE and self.state != VoucherTypeState.ENDED

    @property
    def worth_minor(self) -> int | None:
        """The most that one voucher can take off, where the terms say so."""
        return self.amount_minor if self.amount_minor is not None else self.most_minor


class VoucherTaken(Row, table=True):
    """How often a type with a limit was reserved or redeemed: one row that everybody waits for."""

    __tablename__ = "voucher_taken"
    __table_args__ = (
        CheckConstraint("taken BETWEEN 0 AND most", name="vouchers_are_taken_within_the_limit"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    type_id: UUID = Field(foreign_key="voucher_type.id", primary_key=True)
    most: int = long()
    taken: int = long(default=0, sa_column_kwargs=ZERO)


class VoucherFigure(Row, table=True):
    """What has become of a type's vouchers. `outstanding` may still be redeemed by somebody."""

    __tablename__ = "voucher_figure"

    type_id: UUID = Field(foreign_key="voucher_type.id", primary_key=True)
    made: int = long(default=0, sa_column_kwargs=ZERO)
    issued: int = long(default=0, sa_column_kwargs=ZERO)
    redeemed: int = long(default=0, sa_column_kwargs=ZERO)
    returned: int = long(default=0, sa_column_kwargs=ZERO)
    expired: int = long(default=0, sa_column_kwargs=ZERO)
    outstanding: int = long(default=0, sa_column_kwargs=ZERO)
    discount_minor: int = long(default=0, sa_column_kwargs=ZERO)


class VoucherMovement(Entity, table=True):
    """A change of those figures. Inserted, never updated: counting makes nobody wait."""

    __tablename__ = "voucher_movement"
    __table_args__ = (Index("voucher_movement_by_type", "type_id"),)

    type_id: UUID = Field(foreign_key="voucher_type.id")
    made: int = long(default=0, sa_column_kwargs=ZERO)
    issued: int = long(default=0, sa_column_kwargs=ZERO)
    redeemed: int = long(default=0, sa_column_kwargs=ZERO)
    returned: int = long(default=0, sa_column_kwargs=ZERO)
    expired: int = long(default=0, sa_column_kwargs=ZERO)
    outstanding: int = long(default=0, sa_column_kwargs=ZERO)
    discount_minor: int = long(default=0, sa_column_kwargs=ZERO)
