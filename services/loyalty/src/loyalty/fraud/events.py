"""What the platform learns of acts that rules looked at."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class ReviewOpened(Event):
    """An act is to be looked at by a person: held until then, or allowed and flagged."""

    subject: ClassVar[str] = "octoreach.loyalty.review.opened.v1"
    about: ClassVar[str] = "customer_id"

    review_id: UUID
    act_kind: str
    key: str
    customer_id: UUID
    action: str
    rules: list[str]
    points: int
    due_at: datetime
