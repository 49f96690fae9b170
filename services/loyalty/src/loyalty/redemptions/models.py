"""Redemptions as they are stored, and the way they go."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from kit.errors import Conflict
from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity
from loyalty.rewards.models import MOST_AT_ONCE, ONE, RewardKind

SOURCE: Final = "redemption"
"""What stock, fulfilments, vouchers and postings know a redemption's own by."""


class RedemptionState(StrEnum):
    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    FULFILLED = "fulfilled"
    RELEASED = "released"
    EXPIRED = "expired"
    FAILED = "failed"


class RedemptionReason(StrEnum):
    """Why points and reward went back."""

    GIVEN_UP = "given_up"
    REJECTED = "rejected"
    ERASED = "erased"
    TIMED_OUT = "timed_out"
    NO_VOUCHER = "no_voucher"
    NOT_HANDED_OUT = "not_handed_out"

    @property
    def leads_to(self) -> RedemptionState:
        if self == RedemptionReason.TIMED_OUT:
            return RedemptionState.EXPIRED
        failed = (RedemptionReason.NO_VOUCHER, RedemptionReason.NOT_HANDED_OUT)
        return RedemptionState.FAILED if self in failed else RedemptionState.RELEASED


HAD: Final = (RedemptionState.CONFIRMED, RedemptionState.FULFILLED)
GIVEN_BACK: Final = (RedemptionState.RELEASED, RedemptionState.EXPIRED, RedemptionState.FAILED)


class Redemption(Entity, table=True):
    """A reward for points, one or several of it, on the terms of when it was reserved.

    `price`, `cost_minor` and `value_minor` are those of all of them. While it is `reserved` the
    posting `posting_id` locks its points and its `quantity` is kept of the stock;
    `spent_by` is the posting that spent them, `returned_by` the one that gave them back. One that
    is `held` waits for a person; `at_once` ones are confirmed as soon as nobody has to look.
    """

    __tablename__ = "redemption"
    __table_args__ = (
        CheckConstraint(one_of("state", *RedemptionState), name="redemption_state"),
        CheckConstraint(one_of("kind", *RewardKind), name="redemption_kind"),
        CheckConstraint(one_of("reason", *RedemptionReason), name="redemption_reason"),
        CheckConstraint("price > 0", name="redemption_costs_something"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MOST_AT_ONCE}", name="redemption_quantity"),
        CheckConstraint("NOT held OR state <> 'confirmed'", name="what_is_held_is_not_had"),
        CheckConstraint(
            "state <> 'reserved' OR (expires_at IS NOT NULL AND spent_by IS NULL)",
            name="what_is_reserved_ends_by_itself",
        ),
        CheckConstraint(
            f"({one_of('state', *HAD)}) <= (spent_by IS NOT NULL AND returned_by IS NULL)",
            name="what_is_had_was_paid_for",
        ),
        CheckConstraint(
            f"({one_of('state', *GIVEN_BACK)}) = (returned_by IS NOT NULL) "
            "AND (returned_by IS NULL) = (reason IS NULL)",
            name="what_is_not_had_was_given_back",
        ),
        CheckConstraint(
            "(state IN ('reserved', 'confirmed')) = (ended_at IS NULL)", name="redemption_ended"
        ),
        Index("redemption_by_customer", "customer_id", "id"),
        Index("redemption_by_unit", "unit", "id", postgresql_ops={"unit": "text_pattern_ops"}),
        Index("redemption_to_end", "expires_at", postgresql_where=text("state = 'reserved'")),
    )

    key: str = words(unique=True)
    customer_id: UUID
    unit: str = words()
    reward_id: UUID = Field(foreign_key="reward.id")
    reward_code: str = words()
    kind: str = words()
    title: str = words()
    quantity: int = Field(default=1, sa_column_kwargs=ONE)
    currency: str = words()
    price: int = long()
    money: str = words()
    cost_minor: int = long()
    value_minor: int | None = long(default=None)
    partner_code: str | None = words(default=None)
    voucher_type: str | None = words(default=None)
    state: str = words(default=RedemptionState.RESERVED)
    at_once: bool
    seconds: int
    held: bool = False
    expires_at: datetime | None = moment(default=None)
    posting_id: UUID = Field(foreign_key="posting.id", unique=True)
    spent_by: UUID | None = Field(default=None, foreign_key="posting.id")
    returned_by: UUID | None = Field(default=None, foreign_key="posting.id")
    voucher_id: UUID | None = Field(default=None, foreign_key="voucher.id")
    reserved_by: str = words()
    confirmed_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)
    reason: str | None = words(default=None)

    def asks(self, asked: "Wanted") -> bool:
        """Whether it is what the same key asks for now."""
        return (self.reward_code, self.quantity, self.at_once, self.seconds) == (
            asked.reward_code,
            asked.quantity,
            asked.at_once,
            asked.seconds,
        )

    def require_reserved(self, now: datetime) -> None:
        """Conflict unless it may be confirmed now."""
        if self.state != RedemptionState.RESERVED:
            raise Conflict(f"The redemption is {self.state}.")
        if self.held:
            raise Conflict("The redemption waits for somebody to review it.")
        if self.expires_at is not None and self.expires_at <= now:
            raise Conflict("The time of the redemption has run out.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A reward, once or several times, for a member's points; `at_once`: without confirming it.

    `asked_by` is the colleague who asks for it; None where the member does.
    """

    customer_id: UUID
    reward_code: str
    key: str
    by: str
    asked_by: str | None = None
    quantity: int = 1
    at_once: bool = False
    seconds: int = 900
    device: str | None = None
