"""What is heard of what members do: as earning understands it, and whatever else counts it."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from kit.events import Heard
from kit.merging.following import Followed
from loyalty.earning.happenings import Happening, Line
from loyalty.earning.models import EarningEvent

MOST_MINOR = 10**12
TREATMENT = "treatment"


class Occurrence(Heard):
    """The part of an event that tells what somebody did."""

    @abstractmethod
    def happenings(self) -> Iterator[Happening]:
        """What may earn points, for each of those who had a part in it."""


def happenings_of(events: Iterable[Occurrence]) -> list[Happening]:
    return [happening for each in events for happening in each.happenings()]


class OrderedLine(BaseModel):
    product_code: str
    quantity: int
    amount_minor: int


class OrderPlaced(Occurrence):
    order_id: UUID
    customer_id: Followed
    channel_code: str
    partner_code: str | None
    unit: str
    amount_minor: int = Field(ge=0, le=MOST_MINOR)
    currency: str
    lines: list[OrderedLine]
    placed_at: datetime

    def happenings(self) -> Iterator[Happening]:
        yield Happening(
            event=EarningEvent.ORDER,
            source_id=self.order_id,
            customer_id=self.customer_id,
            occurred_at=self.placed_at,
            amount_minor=self.amount_minor,
            currency=self.currency,
            lines=[
                Line(each.product_code, each.quantity, each.amount_minor) for each in self.lines
            ],
            channel_code=self.channel_code,
            partner_code=self.partner_code,
            unit=self.unit,
        )


class OrderCancelled(Heard):
    order_id: UUID
    customer_id: Followed
    cancelled_at: datetime


class TouchpointReported(Occurrence):
    touchpoint_id: UUID
    customer_id: Followed
    kind: str
    channel_code: str
    partner_code: str | None
    unit: str
    occurred_at: datetime
    properties: dict[str, str | int | float | bool]

    def happenings(self) -> Iterator[Happening]:
        yield Happening(
            event=EarningEvent.TOUCHPOINT,
            source_id=self.touchpoint_id,
            customer_id=self.customer_id,
            occurred_at=self.occurred_at,
            touchpoint_kind=self.kind,
            channel_code=self.channel_code,
            partner_code=self.partner_code,
            unit=self.unit,
            properties=self.properties,
        )


class ConversionAttributed(Occurrence):
    conversion_id: UUID
    campaign_id: UUID
    arm: str
    order_id: UUID
    customer_id: Followed
    amount_minor: int = Field(ge=0, le=MOST_MINOR)
    currency: str

    def happenings(self) -> Iterator[Happening]:
        """None for who was held out: they did not buy because of the campaign."""
        if self.arm == TREATMENT:
            yield Happening(
                event=EarningEvent.CONVERSION,
                source_id=self.conversion_id,
                customer_id=self.customer_id,
                occurred_at=self.event_time,
                amount_minor=self.amount_minor,
                currency=self.currency,
                order_id=self.order_id,
                campaign_id=self.campaign_id,
            )


class FeedbackGiven(Occurrence):
    feedback_id: UUID
    customer_id: Followed
    unit: str
    kind: str
    score: int
    channel_code: str | None
    given_at: datetime

    def happenings(self) -> Iterator[Happening]:
        yield Happening(
            event=EarningEvent.FEEDBACK,
            source_id=self.feedback_id,
            customer_id=self.customer_id,
            occurred_at=self.given_at,
            channel_code=self.channel_code,
            unit=self.unit,
            properties={"kind": self.kind, "score": self.score},
        )


class ReferralQualified(Occurrence):
    customer_id: Followed
    referred_id: Followed
    order_id: UUID
    qualified_at: datetime

    def happenings(self) -> Iterator[Happening]:
        for event, customer, other in (
            (EarningEvent.REFERRAL, self.customer_id, self.referred_id),
            (EarningEvent.REFERRED, self.referred_id, self.customer_id),
        ):
            yield Happening(
                event=event,
                source_id=self.order_id,
                customer_id=customer,
                occurred_at=self.qualified_at,
                order_id=self.order_id,
                other_id=other,
            )
