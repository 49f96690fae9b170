"""What the platform learns about erasures."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class ErasureConfirmed(Event):
    """Nothing personal of this customer is left here, in the database or in the stream."""

    subject: ClassVar[str] = "octoreach.customer.erasure.confirmed.v1"
    about: ClassVar[str] = "customer_id"

    request_id: UUID
    customer_id: UUID
    service: str = "customer"
    rows: int
