"""What fraud limits do when others report with what customers were met."""

from collections.abc import Iterator
from datetime import datetime

from kit.database import AsyncSession
from kit.events import Heard
from kit.merging.following import Followed
from loyalty.fraud.commands.marks import Seen, note_marks
from loyalty.fraud.models import FraudSubject

NAMED = {
    "device": FraudSubject.DEVICE,
    "payment_account": FraudSubject.ACCOUNT,
    "address": FraudSubject.ADDRESS,
}
"""Properties of a touchpoint, and what each tells of."""


class CustomerMet(Heard):
    """The part of a touchpoint by which customers are known again."""

    customer_id: Followed
    occurred_at: datetime
    properties: dict[str, str | int | float | bool]


class CustomerRecognised(Heard):
    """With which device somebody ordered."""

    customer_id: Followed
    device: str
    at: datetime


async def note_marks_of_orders(session: AsyncSession, events: list[CustomerRecognised]) -> None:
    """Whoever orders with a device is known by it for a while."""
    seen = [Seen(each.customer_id, FraudSubject.DEVICE, each.device, each.at) for each in events]
    await note_marks(session, seen)


async def note_marks_of_touchpoints(session: AsyncSession, events: list[CustomerMet]) -> None:
    """Whoever is met with a device is known by it for a while."""
    await note_marks(session, [seen for each in events for seen in _seen(each)])


def _seen(event: CustomerMet) -> Iterator[Seen]:
    for name, kind in NAMED.items():
        told = event.properties.get(name)
        if told is not None and not isinstance(told, bool):
            yield Seen(event.customer_id, kind, str(told), event.occurred_at)
