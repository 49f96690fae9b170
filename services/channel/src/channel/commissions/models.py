"""Commission plans, what was earned by them, and how each amount came about."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from channel.commissions.arithmetic import (
    Earning,
    Standing,
    Step,
    change,
    percentage,
    rate,
    stepped,
)
from channel.entity import Entity, one_of
from kit.currencies import decimal
from kit.units import lies_below


class CommissionKind(StrEnum):
    FLAT = "flat"
    PERCENTAGE = "percentage"
    STEPPED = "stepped"


class CommissionPlan(Entity, table=True):
    """Who earns how much on which orders, and when. A plan is never changed once it is defined."""

    __tablename__ = "commission_plan"
    __table_args__ = (
        one_of("kind", CommissionKind, of="commission_plan"),
        CheckConstraint("until IS NULL OR until > since", name="a_plan_ends_after_it_begins"),
        CheckConstraint("cap_minor IS NULL OR cap_minor > 0", name="a_cap_is_positive"),
        CheckConstraint("flat_minor >= 0", name="a_flat_amount_is_not_negative"),
        CheckConstraint(
            "basis_points BETWEEN 0 AND 10000", name="a_percentage_is_at_most_the_whole"
        ),
    )

    code: str = Field(unique=True)
    name: str
    unit: str
    partner_code: str | None = None
    tier: str | None = None
    offer_code: str | None = None
    since: date
    until: date | None = None
    kind: str
    currency: str
    flat_minor: int = Field(default=0, sa_type=BigInteger)
    basis_points: int = 0
    steps: list[dict[str, int]] = Field(default_factory=list, sa_type=JSONB)
    cap_minor: int | None = Field(default=None, sa_type=BigInteger)

    def covers(self, order: "EarningOrder") -> bool:
        """Whether an order earns by this plan."""
        day = order.placed_at.astimezone(UTC).date()
        return (
            self.partner_code in (None, order.partner_code)
            and self.tier in (None, order.tier)
            and self.offer_code in (None, order.offer_code)
            and self.currency == order.currency
            and self.since <= day
            and (self.until is None or day < self.until)
            and lies_below(order.unit, self.unit)
        )

    def simply_earned(self, amount_minor: int) -> int:
        """What an order earns by itself; nothing by a stepped plan, which looks at the month."""
        if self.kind == CommissionKind.FLAT:
            return self.flat_minor
        if self.kind == CommissionKind.PERCENTAGE:
            return percentage(amount_minor, self.basis_points)
        return 0

    def earned(self, standing: Standing) -> int:
        """What a month has earned, before the cap."""
        if self.kind == CommissionKind.STEPPED:
            return stepped(standing.volume_minor, [Step(**each) for each in self.steps])
        return standing.simple_minor

    def change(self, before: Standing, after: Standing) -> Earning:
        """What the step from one standing of a month to the next earns, and why."""
        how = self._how(before, after)
        earned = self.earned(before), self.earned(after)
        return change(*earned, self.cap_minor, how, self.currency)

    def _how(self, before: Standing, after: Standing) -> str:
        if self.kind == CommissionKind.FLAT:
            return f"{self._decimal(self.flat_minor)} for each order"
        if self.kind == CommissionKind.PERCENTAGE:
            order = self._decimal(abs(after.volume_minor - before.volume_minor))
            return f"{rate(self.basis_points)} of {order}, rounded down"
        return (
            f"the month's volume goes from {self._decimal(before.volume_minor)} to "
            f"{self._decimal(after.volume_minor)}, which earns "
            f"{self._decimal(self.earned(before))} and {self._decimal(self.earned(after))}"
        )

    def _decimal(self, minor: int) -> str:
        return decimal(minor, self.currency)


class EarningOrder(NamedTuple):
    """What commission needs to know of an order."""

    order_id: UUID
    partner_code: str
    tier: str
    unit: str
    offer_code: str | None
    task_id: UUID | None
    campaign_id: UUID | None
    amount_minor: int
    currency: str
    placed_at: datetime

    @property
    def month(self) -> str:
        """In UTC: 2026-01."""
        return f"{self.placed_at.astimezone(UTC):%Y-%m}"


class CommissionStanding(Entity, table=True):
    """What a partner has sold and earned by a plan in a month, before the cap.

    Its row is the lock under which orders of that month are counted one after another.
    """

    __tablename__ = "commission_standing"
    __table_args__ = (
        UniqueConstraint("plan_id", "partner_code", "month", name="one_standing_per_month"),
        CheckConstraint("volume_minor >= 0", name="volume_is_never_negative"),
        CheckConstraint("simple_minor >= 0", name="earnings_are_never_negative"),
    )

    plan_id: UUID = Field(foreign_key="commission_plan.id")
    partner_code: str
    month: str
    volume_minor: int = Field(sa_type=BigInteger)
    simple_minor: int = Field(sa_type=BigInteger)


class CommissionLine(Entity, table=True):
    """One amount earned on one order by one plan, or taken back when it was cancelled."""

    __tablename__ = "commission_line"
    __table_args__ = (
        UniqueConstraint("order_id", "plan_id", "clawback", name="an_order_earns_once_by_a_plan"),
        Index("commission_line_by_partner", "partner_code", "month", "id"),
    )

    order_id: UUID
    plan_id: UUID = Field(foreign_key="commission_plan.id")
    plan_code: str
    clawback: bool = False
    task_id: UUID | None = None
    campaign_id: UUID | None = Field(default=None, index=True)
    partner_code: str
    unit: str
    month: str
    order_minor: int = Field(sa_type=BigInteger)
    simple_minor: int = Field(sa_type=BigInteger)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    arithmetic: str
