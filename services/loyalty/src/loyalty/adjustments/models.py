"""Adjustments, and who wanted and approved them, as they are stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from kit.models import moment
from loyalty.columns import long, one_of, words
from loyalty.currencies.models import POINTS
from loyalty.entity import Entity


class AdjustmentState(StrEnum):
    WAITING = "waiting"
    ALONE = "alone"
    APPROVED = "approved"
    REFUSED = "refused"


class Adjustment(Entity, table=True):
    """What one person wants added to an account or taken from it, and what another decided.

    Small ones need no other: they are posted alone.
    """

    __tablename__ = "adjustment"
    __table_args__ = (
        CheckConstraint(one_of("state", *AdjustmentState), name="adjustment_state"),
        CheckConstraint(
            "(state IN ('waiting', 'alone')) = (decided_by IS NULL) "
            "AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="adjustment_is_decided_by_somebody",
        ),
        CheckConstraint("decided_by <> asked_by", name="adjustment_is_decided_by_another"),
        CheckConstraint(
            "(state IN ('approved', 'alone')) = (posting_id IS NOT NULL)",
            name="adjustment_is_posted_when_approved",
        ),
        Index("adjustment_by_state", "state", "id"),
    )

    key: str = words(unique=True)
    account_id: UUID = Field(foreign_key="points_account.id", index=True)
    currency: str = words(foreign_key="currency.code")
    points: int = long()
    reason: str = words()
    asked_by: str = words()
    state: str = words(default=AdjustmentState.WAITING)
    decided_by: str | None = words(default=None)
    decided_at: datetime | None = moment(default=None)
    note: str = words(default="")
    posting_id: UUID | None = Field(default=None, foreign_key="posting.id")

    def asks(self, correction: "Correction") -> bool:
        """Whether it is the same that is asked for, whatever account of the member is named."""
        return (self.currency, self.points, self.reason) == (
            correction.currency,
            correction.points,
            correction.reason,
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody wants added, or below zero taken, and why."""

    account_id: UUID
    points: int
    reason: str
    key: str
    currency: str = POINTS
