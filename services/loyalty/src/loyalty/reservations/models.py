"""Reservations as they are stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from kit.models import moment
from loyalty.entity import Row


class Reservation(Row, table=True):
    """What a posting has locked, under that posting's id; `settled_by` confirmed or released it."""

    __tablename__ = "reservation"
    __table_args__ = (
        Index("reservation_to_end", "expires_at", postgresql_where=text("settled_by IS NULL")),
        Index("reservation_by_account", "account_id", postgresql_where=text("settled_by IS NULL")),
    )

    id: UUID = Field(foreign_key="posting.id", primary_key=True)
    account_id: UUID = Field(foreign_key="points_account.id")
    expires_at: datetime = moment()
    settled_by: UUID | None = Field(default=None, foreign_key="posting.id")
