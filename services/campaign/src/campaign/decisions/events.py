"""What the platform learns of decisions."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from kit.events import Event


class DecisionMade(Event):
    """It was decided what to offer a customer at a touchpoint that campaigns listen to."""

    subject: ClassVar[str] = "octoreach.campaign.decision.made.v1"
    about: ClassVar[str] = "customer_id"

    decision_id: UUID
    customer_id: UUID
    touchpoint_id: UUID
    channel_code: str
    outcome: Literal["offered", "held_out", "nothing"]
    campaign_id: UUID | None
    offer_id: UUID | None
    task_id: UUID | None
    decided_at: datetime
