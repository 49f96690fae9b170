"""What is known of each customer and channel, as of the newest report."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from campaign.entity import Entity, document, long, texts, words
from kit.models import moment


class CustomerFacts(Entity, table=True):
    """A customer as the customer service last reported; `id` is the customer's."""

    __tablename__ = "customer_facts"

    version: int = long()
    kind: str = words()
    status: str = words()
    unit: str = words()
    time_zone: str = words()
    sampling_key: str = words()
    attributes: dict[str, Any] = document()
    tags: list[str] = texts()
    holdings: list[dict[str, Any]] = document()
    consents: list[dict[str, Any]] = document()
    special_lists: list[str] = texts()


class CustomerTier(Entity, table=True):
    """A customer's tier as the loyalty service last reported; `id` is the customer's."""

    __tablename__ = "customer_tier"

    version: int = long()
    tier: str = words()


class CustomerComplaint(Entity, table=True):
    """When a customer last complained; `id` is the customer's."""

    __tablename__ = "customer_complaint"

    complained_at: datetime = moment()


class CustomerSegment(Entity, table=True):
    """Whether a customer is in a segment, as of the highest position reported."""

    __tablename__ = "customer_segment"
    __table_args__ = (
        UniqueConstraint("customer_id", "segment_id", name="once_per_customer_and_segment"),
    )

    customer_id: UUID
    segment_id: UUID
    code: str = words()
    position: int = long()
    member: bool


class KnownChannel(Entity, table=True):
    """A channel as the channel service last reported."""

    __tablename__ = "known_channel"
    __table_args__ = (
        Index("known_channel_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    code: str = Field(unique=True)
    kind: str = words()
    name: str = words()
    unit: str = words()
    partner_code: str | None = words(nullable=True)
    reported_at: datetime = moment()


class PlanVersion(Entity, table=True):
    """Changes with whatever every decision reads: campaigns, offers, channels, what was learnt."""

    __tablename__ = "plan_version"

    name: str = Field(unique=True)
    version: int = long()


class UndecidedTouchpoint(Entity, table=True):
    """A touchpoint of a customer of whom nothing is known yet; `id` is the touchpoint's."""

    __tablename__ = "undecided_touchpoint"

    customer_id: UUID = Field(index=True)
    touchpoint: dict[str, Any] = document()
