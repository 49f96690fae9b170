"""Every decision a customer ever took about being approached."""

from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from customer.entity import Entity


class ConsentRecord(Entity, table=True):
    """One decision with its evidence. Never changed: the last one counts."""

    __tablename__ = "consent_record"
    __table_args__ = (Index("consent_record_by_customer", "customer_id", "id"),)

    customer_id: UUID
    purpose: str = Field(sa_type=Text)
    channel_kind: str | None = Field(default=None, sa_type=Text)
    granted: bool
    evidence: str = Field(sa_type=Text)
    recorded_by: str = Field(sa_type=Text)
