"""What the platform learns about erasures."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class ErasureRequested(Event):
    """Everybody is to forget this customer, under each id they went by, and to confirm it."""

    subject: ClassVar[str] = "octoreach.customer.erasure.requested.v1"
    about: ClassVar[str] = "customer_id"

    request_id: UUID
    customer_id: UUID
    alias_ids: list[UUID]


class ErasureConfirmed(Event):
    """Nothing personal of this customer is left here, in the database or in the stream."""

    subject: ClassVar[str] = "octoreach.customer.erasure.confirmed.v1"
    about: ClassVar[str] = "customer_id"

    request_id: UUID
    customer_id: UUID
    service: str = "customer"
    rows: int
