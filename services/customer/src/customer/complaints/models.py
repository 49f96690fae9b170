"""Complaints, what happened to each, and how soon each category is to be resolved."""

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, Text, text
from sqlmodel import Field

from customer.complaints.errors import ComplaintIsClosed, ComplaintIsOpen
from customer.entity import Entity, Table
from kit.models import moment


class ComplaintState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Escalation(IntEnum):
    NONE = 0
    DEADLINE_NEAR = 1
    OVERDUE = 2


class ComplaintRule(Table, table=True):
    """How soon complaints of a category are to be resolved, and whose they are at first."""

    __tablename__ = "complaint_rule"
    __table_args__ = (
        CheckConstraint("hours_to_resolve BETWEEN 1 AND 8760", name="complaint_hours_in_bounds"),
        CheckConstraint(
            "warning_hours >= 0 AND warning_hours < hours_to_resolve",
            name="complaint_warning_before_deadline",
        ),
    )

    category: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    hours_to_resolve: int
    warning_hours: int
    owner: str = Field(sa_type=Text)
    set_by: str = Field(sa_type=Text)
    set_at: datetime = moment()


class Complaint(Entity, table=True):
    """Something a customer is not content with. Open, it has an owner and a deadline."""

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="complaint_state_known"),
        CheckConstraint("escalation BETWEEN 0 AND 2", name="complaint_escalation_known"),
        CheckConstraint(
            "(state = 'closed') = (resolution IS NOT NULL) "
            "AND (state = 'closed') = (closed_at IS NOT NULL)",
            name="complaint_closed_with_a_resolution",
        ),
        CheckConstraint("warn_at <= deadline", name="complaint_warned_before_deadline"),
        Index("complaint_by_customer", "customer_id", "id"),
        Index("complaint_by_unit", "unit", "id", postgresql_ops={"unit": "text_pattern_ops"}),
        Index("complaint_by_owner", "owner", "id", postgresql_where=text("state = 'open'")),
        Index(
            "complaint_to_escalate",
            "warn_at",
            postgresql_where=text("state = 'open' AND escalation < 2"),
        ),
    )

    customer_id: UUID
    unit: str = Field(sa_type=Text)
    category: str = Field(foreign_key="complaint_rule.category", sa_type=Text)
    words: str = Field(sa_type=Text)
    state: ComplaintState = Field(default=ComplaintState.OPEN, sa_type=Text)
    owner: str = Field(sa_type=Text)
    deadline: datetime = moment()
    warn_at: datetime = moment()
    escalation: int = Field(default=Escalation.NONE, sa_type=SmallInteger)
    channel_code: str | None = Field(default=None, sa_type=Text)
    touchpoint_id: UUID | None = None
    task_id: UUID | None = None
    campaign_id: UUID | None = None
    opened_by: str = Field(sa_type=Text)
    resolution: str | None = Field(default=None, sa_type=Text)
    closed_at: datetime | None = moment(default=None, nullable=True)
    times_reopened: int = 0

    def due(self, rule: ComplaintRule, now: datetime) -> None:
        """Have it resolved as soon as the rule says, counted from now."""
        self.deadline = now + timedelta(hours=rule.hours_to_resolve)
        self.warn_at = self.deadline - timedelta(hours=rule.warning_hours)
        self.escalation = Escalation.NONE

    def give_to(self, owner: str) -> bool:
        if self.state == ComplaintState.CLOSED:
            raise ComplaintIsClosed
        changed = self.owner != owner
        self.owner = owner
        return changed

    def close(self, resolution: str, now: datetime) -> bool:
        """Whether it was closed just now; another resolution of a closed one is ComplaintIsClosed."""
        if self.state == ComplaintState.CLOSED:
            if self.resolution != resolution:
                raise ComplaintIsClosed
            return False
        self.state, self.resolution, self.closed_at = ComplaintState.CLOSED, resolution, now
        return True

    def reopen(self) -> None:
        if self.state == ComplaintState.OPEN:
            raise ComplaintIsOpen
        self.state, self.resolution, self.closed_at = ComplaintState.OPEN, None, None
        self.times_reopened += 1

    def escalate(self, now: datetime) -> Escalation | None:
        """How far it is to be escalated now, if further than before."""
        level = Escalation.OVERDUE if now >= self.deadline else Escalation.DEADLINE_NEAR
        if self.state == ComplaintState.CLOSED or now < self.warn_at or level <= self.escalation:
            return None
        self.escalation = level
        return level


class ComplaintStep(Entity, table=True):
    """One thing that happened to a complaint."""

    __tablename__ = "complaint_step"
    __table_args__ = (Index("complaint_step_by_complaint", "complaint_id", "id"),)

    complaint_id: UUID = Field(foreign_key="complaint.id")
    what: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
