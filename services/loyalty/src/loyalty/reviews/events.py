"""What the platform learns of reviews."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class ReviewDecided(Event):
    """Somebody released or rejected an act; `action` says whether it was held or only flagged."""

    subject: ClassVar[str] = "octoreach.loyalty.review.decided.v1"
    about: ClassVar[str] = "customer_id"

    review_id: UUID
    act_kind: str
    key: str
    customer_id: UUID
    action: str
    verdict: str


class ReviewEscalated(Event):
    """Nobody has decided on an act by its deadline; told once."""

    subject: ClassVar[str] = "octoreach.loyalty.review.escalated.v1"
    about: ClassVar[str] = "customer_id"

    review_id: UUID
    act_kind: str
    key: str
    customer_id: UUID
    due_at: datetime
