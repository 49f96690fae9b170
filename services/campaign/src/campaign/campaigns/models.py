"""A campaign: its plan, its state, and the steps that led there."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from campaign.campaigns.lifecycle import ApprovalKind, State
from campaign.entity import Entity, document, one_of, texts, words
from kit.models import moment

CONTROL = "control"


class Goal(StrEnum):
    ACQUIRE = "acquire"
    RETAIN = "retain"
    ACTIVATE = "activate"
    CONVERT = "convert"
    REFER = "refer"


class CampaignKind(StrEnum):
    BATCH = "batch"
    TRIGGERED = "triggered"
    INBOUND = "inbound"


class Campaign(Entity, table=True):
    """Offers for an audience, over channels, with a budget and a goal."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(one_of("state", State), name="campaign_state_is_known"),
        CheckConstraint(one_of("goal", Goal), name="campaign_goal_is_known"),
        CheckConstraint(one_of("kind", CampaignKind), name="campaign_kind_is_known"),
        CheckConstraint("control_share BETWEEN 0 AND 0.5", name="control_share_is_at_most_half"),
        CheckConstraint("starts_at < ends_at", name="campaign_lasts"),
        Index("campaign_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
        Index("campaign_by_state", "state"),
    )

    code: str = Field(unique=True)
    name: str = words()
    unit: str = words()
    goal: str = words()
    kind: str = words()
    hypothesis: str = words()
    state: str = words(default=State.DRAFT)
    planned_by: str = words()
    submitted_by: str | None = words(nullable=True)
    round: int = 0
    trigger_kinds: list[str] = texts()
    trigger: dict[str, Any] | None = document(nullable=True)
    audience: dict[str, Any] | None = document(nullable=True)
    channels: list[str] = texts()
    starts_at: datetime | None = moment(nullable=True)
    ends_at: datetime | None = moment(nullable=True)
    time_to_answer_hours: int = 72
    contact_policy: dict[str, Any] = document()
    targets: dict[str, Any] = document()
    control_share: float = 0
    arms: list[dict[str, Any]] = document()
    pilot_units: list[str] = texts()
    batch_reached: UUID | None = None
    batch_ended: bool = False
    lesson: str = words(default="")


class CampaignOffer(Entity, table=True):
    """An offer of a campaign, and how much it counts when several would do."""

    __tablename__ = "campaign_offer"
    __table_args__ = (
        UniqueConstraint("campaign_id", "offer_id", name="campaign_has_an_offer_once"),
        CheckConstraint("weight > 0", name="campaign_offer_weight_is_positive"),
    )

    campaign_id: UUID = Field(foreign_key="campaign.id")
    offer_id: UUID = Field(foreign_key="offer.id", index=True)
    position: int
    weight: float = 1


class CampaignStep(Entity, table=True):
    """Who moved a campaign from one state to another, when and why."""

    __tablename__ = "campaign_step"

    campaign_id: UUID = Field(foreign_key="campaign.id", index=True)
    from_state: str = words()
    to_state: str = words()
    by: str = words()
    reason: str = words()


class CampaignApproval(Entity, table=True):
    """A yes from somebody else than who submitted, for one round of submission."""

    __tablename__ = "campaign_approval"
    __table_args__ = (
        UniqueConstraint("campaign_id", "round", "kind", name="campaign_is_approved_once_by_kind"),
        CheckConstraint(one_of("kind", ApprovalKind), name="approval_kind_is_known"),
    )

    campaign_id: UUID = Field(foreign_key="campaign.id")
    round: int
    kind: str = words()
    by: str = words()
    comment: str = words()
