"""Decisions with their reasons, and what was learnt from outcomes."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from campaign.entity import Entity, document, long, one_of, words
from kit.models import moment


class Outcome(StrEnum):
    OFFERED = "offered"
    HELD_OUT = "held_out"
    NOTHING = "nothing"


class Decision(Entity, table=True):
    """What was decided at a touchpoint: exactly one decision each, with every candidate."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint(one_of("outcome", Outcome), name="decision_outcome_is_known"),
        CheckConstraint(
            "(outcome = 'offered') = (task_id IS NOT NULL)", name="an_offer_goes_out_as_a_task"
        ),
        Index("decision_by_customer", "customer_id", "id"),
    )

    touchpoint_id: UUID = Field(unique=True)
    customer_id: UUID
    channel_code: str = words()
    unit: str = words()
    customer_unit: str = words()
    outcome: str = words()
    campaign_id: UUID | None = None
    offer_id: UUID | None = None
    task_id: UUID | None = None
    candidates: list[dict[str, Any]] = document()
    decided_at: datetime = moment()


class Propensity(Entity, table=True):
    """How often an offer was answered on a kind of channel, and how often with yes."""

    __tablename__ = "propensity"
    __table_args__ = (
        UniqueConstraint("offer_id", "channel_kind", name="propensity_is_learnt_once"),
        CheckConstraint("accepted BETWEEN 0 AND answered", name="propensity_is_a_share"),
    )

    offer_id: UUID
    channel_kind: str = words()
    accepted: int = long()
    answered: int = long()
