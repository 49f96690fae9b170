"""What the platform learns of adjustments."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from kit.events import Event


class AdjustmentRequested(Event):
    """An adjustment waits for a second person; `points` may be negative."""

    subject: ClassVar[str] = "octoreach.loyalty.adjustment.requested.v1"
    about: ClassVar[str] = "customer_id"

    adjustment_id: UUID
    account_id: UUID
    customer_id: UUID
    currency: str
    points: int
    reason: str = Field(json_schema_extra={"x-personal": True})
    asked_by: str


class AdjustmentDecided(Event):
    """Somebody approved or refused an adjustment; `state` says which."""

    subject: ClassVar[str] = "octoreach.loyalty.adjustment.decided.v1"
    about: ClassVar[str] = "customer_id"

    adjustment_id: UUID
    account_id: UUID
    customer_id: UUID
    state: str
    decided_by: str
    note: str = Field(json_schema_extra={"x-personal": True})
