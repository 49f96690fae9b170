"""What the platform learns about complaints; the words stay here."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class ComplaintFacts(Event):
    """A complaint as it is now."""

    about: ClassVar[str] = "customer_id"

    complaint_id: UUID
    customer_id: UUID
    unit: str
    category: str
    owner: str
    deadline: datetime
    channel_code: str | None
    touchpoint_id: UUID | None
    task_id: UUID | None
    campaign_id: UUID | None
    at: datetime


class ComplaintOpened(ComplaintFacts):
    """A customer is not content."""

    subject: ClassVar[str] = "octoreach.customer.complaint.opened.v1"


class ComplaintEscalated(ComplaintFacts):
    """The deadline is near, or has passed."""

    subject: ClassVar[str] = "octoreach.customer.complaint.escalated.v1"

    level: str


class ComplaintClosed(ComplaintFacts):
    """It is resolved."""

    subject: ClassVar[str] = "octoreach.customer.complaint.closed.v1"


class ComplaintReopened(ComplaintFacts):
    """It was not resolved after all."""

    subject: ClassVar[str] = "octoreach.customer.complaint.reopened.v1"
