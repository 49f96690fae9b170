"""What the platform learns about subject requests."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class SubjectRequestWarned(Event):
    """The deadline of a request that is not done comes near."""

    subject: ClassVar[str] = "octoreach.customer.subject_request.warned.v1"
    about: ClassVar[str] = "customer_id"

    request_id: UUID
    customer_id: UUID
    kind: str
    state: str
    unit: str
    due_at: datetime


class ErasureRequested(Event):
    """Everybody is to forget this customer, under each id they went by, and to confirm it."""

    subject: ClassVar[str] = "octoreach.customer.erasure.requested.v1"
    about: ClassVar[str] = "customer_id"

    request_id: UUID
    customer_id: UUID
    alias_ids: list[UUID]
