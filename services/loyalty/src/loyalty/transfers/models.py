"""Transfers that wait for a review, as they are stored."""

from enum import StrEnum
from typing import Self
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from kit.errors import IdempotencyKeyReused
from loyalty.columns import long, one_of, words
from loyalty.entity import Entity
from loyalty.points.keys import sent
from loyalty.points.models import MOST_POINTS


class TransferState(StrEnum):
    WAITING = "waiting"
    MADE = "made"
    RETURNED = "returned"


class HeldTransfer(Entity, table=True):
    """What one member wants to give another: locked until a reviewer has decided."""

    __tablename__ = "held_transfer"
    __table_args__ = (
        CheckConstraint(one_of("state", *TransferState), name="held_transfer_state"),
        CheckConstraint(f"points BETWEEN 1 AND {MOST_POINTS}", name="held_transfer_of_points"),
        CheckConstraint("giver_id <> taker_id", name="held_transfer_between_two"),
    )

    key: str = words(unique=True)
    giver_id: UUID = Field(foreign_key="points_account.id", index=True)
    taker_id: UUID = Field(foreign_key="points_account.id", index=True)
    currency: str = words(foreign_key="currency.code")
    points: int = long()
    reason: str = words()
    reservation_id: UUID = Field(foreign_key="reservation.id", unique=True)
    state: str = words(default=TransferState.WAITING)

    def asked_again(self, content: dict[str, object]) -> Self:
        """Itself, or IdempotencyKeyReused where something else is asked for."""
        if any(getattr(self, name) != value for name, value in content.items()):
            raise IdempotencyKeyReused(sent(self.key))
        return self
