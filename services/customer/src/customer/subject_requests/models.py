"""Requests, the steps taken, what each service has done, and the pages of an archive."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from customer.entity import Entity, Table
from kit.models import moment

SERVICES: Final = ("customer", "campaign", "channel", "loyalty")


class RequestKind(StrEnum):
    EXPORT = "export"
    CORRECTION = "correction"
    RESTRICTION = "restriction"
    LIFTING = "lifting"
    ERASURE = "erasure"


class RequestState(StrEnum):
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    REFUSED = "refused"


OPEN: Final = (RequestState.RECEIVED, RequestState.IN_PROGRESS)
_OPEN: Final = "state IN ('received', 'in_progress')"


class SubjectRequest(Entity, table=True):
    """What a customer asked for. It outlives the customer: then it names nobody any more."""

    __tablename__ = "subject_request"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('export', 'correction', 'restriction', 'lifting', 'erasure')",
            name="subject_request_kind_known",
        ),
        CheckConstraint(
            "state IN ('received', 'in_progress', 'completed', 'refused')",
            name="subject_request_state_known",
        ),
        CheckConstraint(f"({_OPEN}) = (ended_at IS NULL)", name="what_is_over_has_an_end"),
        Index(
            "one_open_request_of_a_kind",
            "customer_id",
            "kind",
            unique=True,
            postgresql_where=text(_OPEN),
        ),
        Index("subject_request_by_customer", "customer_id", "id"),
        Index("subject_request_by_deadline", "due_at", postgresql_where=text(_OPEN)),
        Index("subject_request_by_unit", "unit", postgresql_ops={"unit": "text_pattern_ops"}),
    )

    customer_id: UUID
    kind: RequestKind = Field(sa_type=Text)
    state: RequestState = Field(default=RequestState.RECEIVED, sa_type=Text)
    unit: str = Field(sa_type=Text)
    opened_by: str = Field(sa_type=Text)
    by_customer: bool
    identity_check: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    correction: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    outcome: str = Field(default="", sa_type=Text)
    due_at: datetime = moment()
    warned_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)
    archive_until: datetime | None = moment(default=None)


class RequestStep(Entity, table=True):
    """Something that was done about a request, by whom; never changed."""

    __tablename__ = "subject_request_step"

    request_id: UUID = Field(foreign_key="subject_request.id", index=True)
    step: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)


class RequestPart(Table, table=True):
    """One service's share of an export or an erasure."""

    __tablename__ = "subject_request_part"
    __table_args__ = (
        Index("subject_request_part_to_do", "request_id", postgresql_where=text("done_at IS NULL")),
    )

    request_id: UUID = Field(primary_key=True, foreign_key="subject_request.id")
    service: str = Field(primary_key=True, sa_type=Text)
    rows: int = 0
    pages: int = 0
    place: int = 0
    after: str | None = Field(default=None, sa_type=Text)
    problem: str = Field(default="", sa_type=Text)
    done_at: datetime | None = moment(default=None)


class ArchivePage(Table, table=True):
    """Some rows for the customer, as JSON, compressed."""

    __tablename__ = "archive_page"

    request_id: UUID = Field(primary_key=True, foreign_key="subject_request.id")
    service: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True)
    holding: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    rows: int
    content: bytes = Field(sa_type=LargeBinary)
