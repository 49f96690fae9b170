"""What may earn points: something that happened to a member, and the member at that moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo


class Line(NamedTuple):
    """One product of an order."""

    product_code: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An order, a conversion, a touchpoint or a birthday, as far as earning goes."""

    event: str
    source_id: UUID
    customer_id: UUID
    occurred_at: datetime
    amount_minor: int = 0
    currency: str = ""
    lines: Sequence[Line] = ()
    touchpoint_kind: str | None = None
    channel_code: str | None = None
    partner_code: str | None = None
    unit: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    order_id: UUID | None = None
    campaign_id: UUID | None = None
    other_id: UUID | None = None
    """The other side of a referral."""

    def counted_minor(self, products: Sequence[str]) -> int:
        """The money that a rule for these products looks at; for none in particular, all of it."""
        if not products:
            return self.amount_minor
        return sum(each.amount_minor for each in self.lines if each.product_code in products)

    def remembered(self) -> dict[str, Any]:
        """What is kept of it, so that rules can be asked about it later."""
        return {
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "lines": [list(each) for each in self.lines],
            "channel_code": self.channel_code,
            "partner_code": self.partner_code,
            "unit": self.unit,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Whoever earns, as they are when the event is heard."""

    account_id: UUID
    customer_id: UUID
    balance: int
    tier: str
    kind: str | None = None
    status: str | None = None
    unit: str | None = None
    time_zone: str | None = None
    tags: Sequence[str] = ()
    clubs: Sequence[str] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """A happening and its member: what a condition is asked about."""

    happening: Happening
    member: Member

    @cached_property
    def local(self) -> datetime:
        """When it happened, by the member's clock; by UTC while their zone is unknown."""
        zone = ZoneInfo(self.member.time_zone) if self.member.time_zone else UTC
        return self.happening.occurred_at.astimezone(zone)

    @property
    def day(self) -> date:
        return self.local.date()


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a member did, and the points that earning rules gave for it."""

    happening: Happening
    points: int = 0
