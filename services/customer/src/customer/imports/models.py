"""An import, how far it is, and the lines that were refused."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from customer.entity import Entity, Table
from kit.models import moment, utcnow

FIRST_LINE = 1
"""As an editor counts them; where there is a header, the first that is taken is line 2."""
AFTER_HEADER = 2
LAST_LINE = 2_000_000_000
LONGEST_ORIGINAL = 2_000
"""Characters kept of a line that was refused."""


class ImportState(StrEnum):
    OPEN = "open"
    COMPLETE = "complete"


class CustomerImport(Entity, table=True):
    """One file by one mapping, for good or only tried. The same again is the same import."""

    __tablename__ = "customer_import"
    __table_args__ = (
        UniqueConstraint(
            "digest", "mapping_digest", "dry_run", name="an_import_per_file_mapping_and_intent"
        ),
        CheckConstraint("state IN ('open', 'complete')", name="state_known"),
        CheckConstraint("next_line >= 1", name="lines_count_from_one"),
        Index("customer_import_under_way", "taken_at", postgresql_where=text("state = 'open'")),
        CheckConstraint(
            "lines = registered + changed + unchanged + rejected", name="every_line_counts_once"
        ),
    )

    source: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    mapping_digest: str = Field(sa_type=Text)
    mapping: dict[str, Any] = Field(sa_type=JSONB)
    columns: list[str] = Field(sa_type=JSONB)
    unit: str = Field(sa_type=Text)
    started_by: str = Field(sa_type=Text)
    dry_run: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    state: ImportState = Field(default=ImportState.OPEN, sa_type=Text)
    next_line: int = AFTER_HEADER
    taken_at: datetime = moment(
        default_factory=utcnow, sa_column_kwargs={"server_default": func.now()}
    )
    """When the last lines came."""
    lines: int = 0
    registered: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    by_status: dict[str, int] = Field(default_factory=dict, sa_type=JSONB)
    rejected_by_field: dict[str, int] = Field(
        default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": text("'{}'")}
    )
    attributes: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)

    @property
    def counts(self) -> dict[str, Any]:
        names = ("lines", "registered", "changed", "unchanged", "rejected")
        told = {name: getattr(self, name) for name in (*names, "rejected_by_field", "by_status")}
        ordered = {each["name"]: self.attributes.get(each["name"]) for each in self._mapped}
        return {**told, "attributes": {name: each or _empty() for name, each in ordered.items()}}

    @property
    def _mapped(self) -> list[dict[str, Any]]:
        return list(self.mapping.get("attributes", []))


def _empty() -> dict[str, Any]:
    return {"blanks": 0, "values": {}}


class ImportRejection(Table, table=True):
    """A line that was refused, as it was, and why. Kept for a month: it may hold personal data."""

    __tablename__ = "import_rejection"
    __table_args__ = (
        CheckConstraint(f"length(original) <= {LONGEST_ORIGINAL}", name="original_is_bounded"),
    )

    import_id: UUID = Field(primary_key=True, foreign_key="customer_import.id")
    line: int = Field(primary_key=True)
    field: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    original: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})


class TriedCustomer(Table, table=True):
    """Somebody as they would be after the lines that a dry run has seen."""

    __tablename__ = "tried_customer"

    import_id: UUID = Field(primary_key=True, foreign_key="customer_import.id")
    customer_id: UUID = Field(primary_key=True)
    facts: dict[str, Any] = Field(sa_type=JSONB)


class TriedIdentifier(Table, table=True):
    """Whose an identifier would be after the lines that a dry run has seen."""

    __tablename__ = "tried_identifier"

    import_id: UUID = Field(primary_key=True, foreign_key="customer_import.id")
    scheme: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(primary_key=True, sa_type=Text)
    customer_id: UUID


class TriedMembership(Table, table=True):
    """What somebody would be in a group after the lines that a dry run has seen."""

    __tablename__ = "tried_membership"

    import_id: UUID = Field(primary_key=True, foreign_key="customer_import.id")
    member_id: UUID = Field(primary_key=True)
    group_id: UUID = Field(primary_key=True)
    role: str = Field(sa_type=Text)
