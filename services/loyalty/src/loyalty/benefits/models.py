"""Benefits: what each task granted and what became of it, and the orders that tasks led to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit.models import moment
from loyalty.benefits.asking import Ask
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity, Row

WAITING, FULFILLED, REFUSED, REVERSED = "waiting", "fulfilled", "refused", "reversed"
ZERO = {"server_default": "0"}


class Benefit(Entity, table=True):
    """What one task granted: fulfilled or refused once and for all, or reversed after that.

    A referral's waits until somebody whom the customer brought has placed an order, but not after
    `waits_until`; `referral_id` says who it was. `returned_minor` is the cost that came back when
    it was first reversed, at `reversed_at`, or since. `parts` is what of a bundle cost how much.
    """

    __tablename__ = "benefit"
    __table_args__ = (
        CheckConstraint(
            one_of("outcome", WAITING, FULFILLED, REFUSED, REVERSED), name="benefit_outcome"
        ),
        CheckConstraint("cost_minor >= 0 AND points >= 0", name="benefit_costs_nothing_negative"),
        CheckConstraint(
            "outcome IN ('fulfilled', 'reversed') OR (cost_minor = 0 AND points = 0)",
            name="benefit_that_is_not_given_costs_nothing",
        ),
        CheckConstraint(
            "outcome NOT IN ('refused', 'reversed') OR reason <> ''",
            name="benefit_says_why_it_is_not_given",
        ),
        CheckConstraint(
            "committed_minor IS NULL OR cost_minor <= committed_minor",
            name="benefit_stays_within_its_budget",
        ),
        CheckConstraint(
            "returned_minor BETWEEN 0 AND cost_minor AND (returned_minor = 0 OR outcome = 'reversed')",
            name="benefit_gives_back_what_it_cost_at_most",
        ),
        CheckConstraint(
            "reversed_at IS NULL OR outcome = 'reversed'", name="benefit_is_reversed_at_some_time"
        ),
        Index("benefit_by_customer", "customer_id", "id"),
        Index("benefit_by_time", "created_at", postgresql_using="brin"),
        Index(
            "benefit_taken_back", "reversed_at", postgresql_where=text("reversed_at IS NOT NULL")
        ),
        Index(
            "benefit_waiting",
            "customer_id",
            "granted_at",
            postgresql_where=text("outcome = 'waiting'"),
        ),
        Index("benefit_to_end", "waits_until", postgresql_where=text("outcome = 'waiting'")),
    )

    task_id: UUID = Field(unique=True)
    campaign_id: UUID
    customer_id: UUID
    kind: str = words()
    reference: str = words(default="", sa_column_kwargs={"server_default": ""})
    asked_points: int = long(default=0, sa_column_kwargs=ZERO)
    asked_minor: int = long(default=0, sa_column_kwargs=ZERO)
    committed_minor: int | None = long(default=None)
    outcome: str = words()
    reason: str = words()
    points: int = long()
    cost_minor: int = long()
    returned_minor: int = long(default=0, sa_column_kwargs=ZERO)
    currency: str = words()
    parts: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": "[]"}
    )
    referral_id: UUID | None = Field(default=None, unique=True)
    granted_at: datetime = moment()
    waits_until: datetime | None = moment(default=None)
    reversed_at: datetime | None = moment(default=None)

    def asked(self) -> Ask:
        """What the task asked for, as its kind reads it."""
        return Ask(
            id=self.task_id,
            customer_id=self.customer_id,
            kind=self.kind,
            at=self.granted_at,
            reference=self.reference,
            points=self.asked_points,
            amount_minor=self.asked_minor,
            currency=self.currency,
        )


class TaskOrder(Row, table=True):
    """An order that a task led to; or one that was cancelled before it came, of whatever task."""

    __tablename__ = "task_order"
    __table_args__ = (
        CheckConstraint(
            "task_id IS NOT NULL OR cancelled_at IS NOT NULL", name="task_order_tells_something"
        ),
        Index("task_order_by_task", "task_id"),
        Index("task_order_by_customer", "customer_id"),
    )

    order_id: UUID = Field(primary_key=True)
    customer_id: UUID
    task_id: UUID | None = None
    cancelled_at: datetime | None = moment(default=None)
