"""What the platform learns about touchpoints."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from kit.events import Event


class TouchpointReported(Event):
    """A customer did or met something at a touchpoint."""

    subject: ClassVar[str] = "octoreach.channel.touchpoint.reported.v1"
    about: ClassVar[str] = "customer_id"

    touchpoint_id: UUID
    customer_id: UUID
    kind: str
    channel_code: str
    channel_kind: str
    partner_code: str | None
    unit: str
    occurred_at: datetime
    received_at: datetime
    properties: dict[str, str | int | float | bool] = Field(json_schema_extra={"x-personal": True})
