"""What the platform learns about feedback; comments stay here."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class FeedbackGiven(Event):
    """A customer has answered a question."""

    subject: ClassVar[str] = "octoreach.customer.feedback.given.v1"
    about: ClassVar[str] = "customer_id"

    feedback_id: UUID
    customer_id: UUID
    unit: str
    kind: str
    score: int
    channel_code: str | None
    touchpoint_id: UUID | None
    task_id: UUID | None
    campaign_id: UUID | None
    given_at: datetime
