"""Reviews as they are stored."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity


class ReviewState(StrEnum):
    WAITING = "waiting"
    RELEASED = "released"
    REJECTED = "rejected"


class Review(Entity, table=True):
    """An act for a person to look at, opened by the screening itself, decided once.

    Claimed, it is a reviewer's until `claimed_until`; not decided by `due_at`, it is escalated.
    `findings` say which version of which rule
    measured what.
    """

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("act_kind", "act_key", name="an_act_is_reviewed_once"),
        CheckConstraint(one_of("state", *ReviewState), name="review_state"),
        CheckConstraint(one_of("action", "hold", "flag"), name="review_action"),
        CheckConstraint(
            "(state = 'waiting') = (decided_by IS NULL) "
            "AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="review_is_decided_by_somebody",
        ),
        CheckConstraint(
            "decided_by <> caused_by AND claimed_by <> caused_by",
            name="review_is_not_for_who_caused_it",
        ),
        CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)", name="review_is_claimed_for_a_time"
        ),
        Index("review_by_state", "state", "id"),
        Index("review_by_customer", "customer_id", "id"),
        Index(
            "review_to_escalate",
            "due_at",
            postgresql_where=text("state = 'waiting' AND escalated_at IS NULL"),
        ),
    )

    act_kind: str = words()
    act_key: str = words()
    customer_id: UUID
    action: str = words()
    points: int = long()
    findings: list[dict[str, Any]] = Field(sa_type=JSONB)
    caused_by: str | None = words(default=None)
    due_at: datetime = moment()
    escalated_at: datetime | None = moment(default=None)
    state: str = words(default=ReviewState.WAITING)
    claimed_by: str | None = words(default=None)
    claimed_until: datetime | None = moment(default=None)
    decided_by: str | None = words(default=None)
    decided_at: datetime | None = moment(default=None)
    note: str = words(default="")

    def is_claimed_by_other(self, who: str, now: datetime) -> bool:
        taken = self.claimed_until is not None and self.claimed_until > now
        return taken and self.claimed_by != who
