"""Touchpoint events as they are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from channel.entity import Entity
from kit.models import moment


class TouchpointEvent(Entity, table=True):
    """Customer X did or met Y at touchpoint Z at time T.

    `client_id` is the reporter's own id of it: unique per partner, and over all our own systems.
    """

    __tablename__ = "touchpoint_event"
    __table_args__ = (
        UniqueConstraint("reporter", "client_id", name="a_touchpoint_event_is_reported_once"),
        Index("touchpoint_event_by_customer", "customer_id", "occurred_at", "id"),
    )

    reporter: str
    client_id: str
    kind: str
    channel_code: str
    channel_kind: str
    partner_code: str | None
    unit: str
    customer_id: UUID
    occurred_at: datetime = moment()
    received_at: datetime = moment()
    properties: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
