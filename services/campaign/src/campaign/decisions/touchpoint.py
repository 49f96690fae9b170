"""A touchpoint event, as far as decisions read it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Touchpoint(BaseModel):
    """Customer X did or met Y at channel Z at time T."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    touchpoint_id: UUID
    customer_id: UUID
    kind: str
    channel_code: str
    channel_kind: str
    unit: str | None = None
    occurred_at: datetime
    received_at: datetime
    properties: dict[str, Any] = {}
