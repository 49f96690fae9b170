"""Work: a task in a channel's inbox."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from channel.entity import Entity, one_of
from channel.work.events import TaskStatus
from kit.models import moment


class WorkState(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    CLOSED = "closed"


class WorkOutcome(StrEnum):
    PRESENTED = "presented"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"


FINAL = (WorkOutcome.ACCEPTED, WorkOutcome.DECLINED, WorkOutcome.NO_ANSWER)
UNANSWERED = (TaskStatus.DELIVERED, TaskStatus.PRESENTED)


class Work(Entity, table=True):
    """One task in a channel's inbox; its id is the task's.

    Closed before it was heard of, it holds no more than that: `dispatched_at` is missing.
    """

    __tablename__ = "work"
    __table_args__ = (
        one_of("state", WorkState, of="work"),
        CheckConstraint(
            "state <> 'claimed' OR (claimed_by IS NOT NULL AND lease_until IS NOT NULL)",
            name="claimed_work_has_a_claimant",
        ),
        Index("work_by_channel", "channel_code", "deadline", "id"),
        Index("work_by_customer", "customer_id"),
        Index("work_by_lease", "lease_until", postgresql_where=sql("state = 'claimed'")),
        Index("work_by_deadline", "deadline", postgresql_where=sql("state IN ('open', 'claimed')")),
    )

    state: str = WorkState.OPEN
    status: str
    claimed_by: str | None = None
    lease_until: datetime | None = moment(default=None, nullable=True)
    history: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)

    customer_id: UUID
    channel_code: str
    campaign_id: UUID | None = None
    campaign_code: str = ""
    offer_id: UUID | None = None
    offer_code: str = ""
    offer_name: str = ""
    products: list[str] = Field(default_factory=list, sa_type=JSONB)
    unit: str = ""
    title: str = ""
    text: str = ""
    touchpoint_id: UUID | None = None
    deadline: datetime = moment()
    dispatched_at: datetime | None = moment(default=None, nullable=True)

    def state_at(self, now: datetime) -> WorkState:
        """The state as it is: a lease that ran out leaves the work open."""
        if self.state == WorkState.CLAIMED and self.lease_until and self.lease_until <= now:
            return WorkState.OPEN
        return WorkState(self.state)
