"""An export: what was asked for, by whom. It is read page by page, as often as needed."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from customer.entity import Entity


class ExportForm(StrEnum):
    CSV = "csv"
    JSON_LINES = "jsonl"


class CustomerExport(Entity, table=True):
    """Kept as long as accesses: it says what was taken away by whom, and whether in full."""

    __tablename__ = "customer_export"
    __table_args__ = (
        CheckConstraint("form IN ('csv', 'jsonl')", name="export_form_known"),
        CheckConstraint("jsonb_typeof(ids) IN ('array', 'null')", name="ids_are_a_list"),
        Index("customer_export_by_age", "created_at", postgresql_using="brin"),
    )

    unit: str = Field(sa_type=Text)
    form: ExportForm = Field(sa_type=Text)
    mapping: dict[str, Any] = Field(sa_type=JSONB)
    ids: list[str] | None = Field(default=None, sa_type=JSONB)
    segment_id: UUID | None = None
    whole: bool
    started_by: str = Field(sa_type=Text)

    @property
    def refers(self) -> bool:
        """Whether lines name groups: then groups come first, those above before those below."""
        if self.ids is not None or self.segment_id is not None:
            return False
        listed = self.mapping.get("lists", {}).get("memberships")
        return bool(self.mapping.get("parent") or self.mapping.get("member_of") or listed)

    @property
    def upto(self) -> UUID:
        """Ids rise with time: who was registered after the export was opened is not in it."""
        return self.id
