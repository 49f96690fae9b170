"""Tasks, what was reported of them, and who takes part in which campaign."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from campaign.entity import Entity, long, one_of, words
from campaign.tasks.progress import TaskState
from kit.models import moment

ZERO = {"server_default": "0"}


class Enrolment(Entity, table=True):
    """A customer's arm in a campaign, from the touchpoint that brought them in.

    Control customers are enrolled where they would have got the offer.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("customer_id", "campaign_id", name="customer_is_enrolled_once"),
    )

    campaign_id: UUID
    customer_id: UUID
    offer_id: UUID
    arm: str = words()
    unit: str = words()
    enrolled_at: datetime = moment()


class Task(Entity, table=True):
    """One customer, one offer, one channel, a deadline.

    `cost_minor` was committed for it. Of what its benefit cost, `spent_minor` came from that and
    `overrun_minor` from the reserve, less `returned_minor` that came back when it was taken back.
    """

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint(one_of("state", TaskState), name="task_state_is_known"),
        CheckConstraint("cost_minor >= 0", name="task_cost_is_not_negative"),
        CheckConstraint(
            "spent_minor >= 0 AND overrun_minor >= 0 AND returned_minor >= 0",
            name="task_spends_nothing_negative",
        ),
        Index("task_by_customer", "customer_id", "id"),
        Index("task_by_campaign", "campaign_id", "id"),
        Index(
            "task_by_deadline",
            "deadline",
            postgresql_where="state IN ('planned', 'dispatched', 'delivered', 'presented')",
        ),
        Index("task_to_dispatch", "dispatch_at", postgresql_where="state = 'planned'"),
        Index("task_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    campaign_id: UUID
    offer_id: UUID
    customer_id: UUID
    decision_id: UUID
    touchpoint_id: UUID
    touchpoint_received_at: datetime = moment()
    channel_code: str = words()
    channel_kind: str = words()
    unit: str = words()
    customer_unit: str = words()
    arm: str = words()
    state: str = words()
    dispatch_at: datetime = moment()
    deadline: datetime = moment()
    delivered_at: datetime | None = moment(nullable=True)
    presented_at: datetime | None = moment(nullable=True)
    accepted_at: datetime | None = moment(nullable=True)
    declined_at: datetime | None = moment(nullable=True)
    cost_minor: int = long()
    currency: str = words()
    settled: bool = False
    spent_minor: int = long(default=0, sa_column_kwargs=ZERO)
    overrun_minor: int = long(default=0, sa_column_kwargs=ZERO)
    returned_minor: int | None = long(nullable=True)


class TaskReport(Entity, table=True):
    """A state that was reported of a task, once each."""

    __tablename__ = "task_report"
    __table_args__ = (
        UniqueConstraint("task_id", "state", name="task_state_is_reported_once"),
        CheckConstraint(one_of("state", TaskState), name="task_report_state_is_known"),
    )

    task_id: UUID = Field(foreign_key="task.id")
    state: str = words()
    reason: str = words(default="")
    by: str = words(default="")
    occurred_at: datetime = moment()
