"""Who put whom on which special list, why, from when until when, and who took them off."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from customer.entity import Entity
from customer.profiles.facts import SpecialList
from kit.models import moment


class ListSource(StrEnum):
    """By what somebody came on a list."""

    HAND = "hand"
    IMPORT = "import"
    SUBJECT_REQUEST = "subject_request"
    UNMERGE = "unmerge"
    BEFORE = "before"
    """They were on it when the history began."""


class SpecialListRecord(Entity, table=True):
    """One stay on a list. After a merge there may be two at once of one customer: each was."""

    __tablename__ = "special_list_record"
    __table_args__ = (
        CheckConstraint(
            "list IN ('do_not_contact', 'sensitive', 'vip_protected', 'test', 'restricted')",
            name="special_list_known",
        ),
        CheckConstraint(
            "source IN ('hand', 'import', 'subject_request', 'unmerge', 'before')",
            name="special_list_source_known",
        ),
        CheckConstraint("until > since", name="special_list_ends_after_it_began"),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name="special_list_ended_by_somebody"
        ),
        Index("special_list_record_by_customer", "customer_id", "id"),
        Index(
            "special_list_record_to_end",
            "until",
            postgresql_where=text("ended_at IS NULL AND until IS NOT NULL"),
        ),
    )

    customer_id: UUID
    list: SpecialList = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    source: ListSource = Field(sa_type=Text)
    put_by: str = Field(sa_type=Text)
    since: datetime = moment()
    until: datetime | None = moment(default=None, nullable=True)
    ended_at: datetime | None = moment(default=None, nullable=True)
    ended_by: str | None = Field(default=None, sa_type=Text)
    ended_for: str = Field(default="", sa_type=Text)
