"""What the platform learns about work."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from kit.events import Event


class TaskProgressed(Event):
    """A task got further: delivered, presented, accepted, declined, no_answer, failed, expired."""

    subject: ClassVar[str] = "octoreach.channel.task.progressed.v1"
    about: ClassVar[str] = "customer_id"

    task_id: UUID
    campaign_id: UUID
    customer_id: UUID
    status: str
    channel_code: str
    reason: str | None
    by: str | None
    occurred_at: datetime
