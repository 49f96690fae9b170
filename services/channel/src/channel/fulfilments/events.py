"""What the platform learns of handing out."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from kit.events import Event


class FulfilmentEnded(Event):
    """An attempt to hand something out ended; `source_kind` and `source_id` say what it was for."""

    subject: ClassVar[str] = ""
    about: ClassVar[str] = "customer_id"

    fulfilment_id: UUID
    attempt: int
    customer_id: UUID
    source_kind: str
    source_id: UUID
    reference: str = Field(json_schema_extra={"x-personal": True})
    reason: str = Field(json_schema_extra={"x-personal": True})
    by: str
    at: datetime


class FulfilmentCompleted(FulfilmentEnded):
    """The customer has got it; `reference` is the receipt's or serial number, or empty."""

    subject: ClassVar[str] = "octoreach.channel.fulfilment.completed.v1"


class FulfilmentFailed(FulfilmentEnded):
    """It could not be handed out; `reason` says why."""

    subject: ClassVar[str] = "octoreach.channel.fulfilment.failed.v1"
