"""Answers of customers, each about what it was asked after."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, Text, text
from sqlmodel import Field

from customer.entity import Entity
from kit.models import moment


class FeedbackKind(StrEnum):
    """CSAT: how content, 1 to 5. NPS: how likely to recommend us, 0 to 10."""

    CSAT = "csat"
    NPS = "nps"


BOUNDS: Final = {FeedbackKind.CSAT: (1, 5), FeedbackKind.NPS: (0, 10)}
PROMOTES_FROM: Final = 9
DETRACTS_TO: Final = 6


class Feedback(Entity, table=True):
    """One answer. A customer answers each question about a touchpoint or a task once."""

    __tablename__ = "feedback"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'csat' AND score BETWEEN 1 AND 5) OR (kind = 'nps' AND score BETWEEN 0 AND 10)",
            name="feedback_score_fits_its_kind",
        ),
        Index("feedback_by_customer", "customer_id", "id"),
        Index("feedback_by_unit", "unit", "given_at", postgresql_ops={"unit": "text_pattern_ops"}),
        Index(
            "feedback_once_per_touchpoint",
            "customer_id",
            "kind",
            "touchpoint_id",
            unique=True,
            postgresql_where=text("touchpoint_id IS NOT NULL"),
        ),
        Index(
            "feedback_once_per_task",
            "customer_id",
            "kind",
            "task_id",
            unique=True,
            postgresql_where=text("task_id IS NOT NULL"),
        ),
    )

    customer_id: UUID
    unit: str = Field(sa_type=Text)
    kind: FeedbackKind = Field(sa_type=Text)
    score: int = Field(sa_type=SmallInteger)
    comment: str | None = Field(default=None, sa_type=Text)
    channel_code: str | None = Field(default=None, sa_type=Text)
    touchpoint_id: UUID | None = None
    task_id: UUID | None = None
    campaign_id: UUID | None = None
    given_at: datetime = moment()
    recorded_by: str = Field(sa_type=Text)
