"""Every decision a customer ever took about being approached."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from customer.entity import Entity
from kit.models import moment


class ConsentSource(StrEnum):
    """By what a decision reached us."""

    PREFERENCE_PAGE = "preference_page"
    UNSUBSCRIBE = "unsubscribe"
    APP = "app"
    WEB = "web"
    MESSAGE = "message"
    CALL = "call"
    STORE = "store"
    FORM = "form"
    IMPORT = "import"
    OTHER = "other"


SOURCES = ", ".join(f"'{each}'" for each in ConsentSource)


class ConsentRecord(Entity, table=True):
    """One decision with its evidence. Never changed: the one that was taken last counts."""

    __tablename__ = "consent_record"
    __table_args__ = (
        CheckConstraint(f"source IN ({SOURCES})", name="consent_source_known"),
        Index("consent_record_by_customer", "customer_id", "id"),
    )

    customer_id: UUID
    purpose: str = Field(sa_type=Text)
    channel_kind: str | None = Field(default=None, sa_type=Text)
    granted: bool
    source: ConsentSource = Field(default=ConsentSource.OTHER, sa_type=Text)
    text_version: str | None = Field(default=None, sa_type=Text)
    place: str | None = Field(default=None, sa_type=Text)
    evidence: str = Field(sa_type=Text)
    recorded_by: str = Field(sa_type=Text)
    decided_at: datetime = moment()
