"""What the platform learns about work."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from kit.events import Event


class TaskStatus(StrEnum):
    """How far a channel has come with a task."""

    DELIVERED = "delivered"
    PRESENTED = "presented"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class TaskProgressed(Event):
    """A channel got further with a task."""

    subject: ClassVar[str] = "octoreach.channel.task.progressed.v1"
    about: ClassVar[str] = "customer_id"

    task_id: UUID
    campaign_id: UUID
    customer_id: UUID
    status: TaskStatus
    channel_code: str
    reason: str | None = Field(json_schema_extra={"x-personal": True})
    by: str | None
    occurred_at: datetime
