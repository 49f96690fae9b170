"""An import, how far it is, and the lines that were refused."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from channel.entity import Entity, one_of
from kit.models import moment, utcnow

FIRST_LINE = 2
"""The line after the header, as an editor counts them."""


class ImportState(StrEnum):
    OPEN = "open"
    COMPLETE = "complete"


class PurchaseImport(Entity, table=True):
    """One file by one mapping, for good or only tried. The same again is the same import.

    `repeated` lines had been taken in as orders before, by another mapping of the same file.
    """

    __tablename__ = "purchase_import"
    __table_args__ = (
        one_of("state", ImportState, of="purchase_import"),
        UniqueConstraint(
            "digest", "mapping_digest", "dry_run", name="an_import_per_file_mapping_and_intent"
        ),
        Index("purchase_import_under_way", "taken_at", postgresql_where=text("state = 'open'")),
        CheckConstraint(f"next_line >= {FIRST_LINE}", name="lines_follow_the_header"),
        CheckConstraint("lines = orders + repeated + rejected", name="every_line_counts_once"),
    )

    source: str
    digest: str
    mapping_digest: str
    mapping: dict[str, Any] = Field(sa_type=JSONB)
    columns: list[str] = Field(sa_type=JSONB)
    unit: str
    started_by: str
    dry_run: bool = False
    state: str = ImportState.OPEN
    next_line: int = FIRST_LINE
    taken_at: datetime = moment(
        default_factory=utcnow, sa_column_kwargs={"server_default": func.now()}
    )
    """When the last lines came."""
    lines: int = 0
    orders: int = 0
    repeated: int = 0
    rejected: int = 0
    customers: int = 0
    named: int = 0
    quantity: int = Field(default=0, sa_type=BigInteger)
    amount_minor: int = Field(default=0, sa_type=BigInteger)
    zero_amount: int = 0
    first_date: date | None = None
    last_date: date | None = None


class ImportRejection(Entity, table=True):
    """A line that was refused, and why."""

    __tablename__ = "import_rejection"
    __table_args__ = (UniqueConstraint("import_id", "line", name="a_line_is_refused_once"),)

    import_id: UUID = Field(foreign_key="purchase_import.id")
    line: int
    field: str
    reason: str


import_customer = Table(
    "import_customer",
    Entity.metadata,
    Column("import_id", Uuid, ForeignKey("purchase_import.id"), primary_key=True),
    Column("customer_id", Uuid, primary_key=True, index=True),
)

tried_buyer = Table(
    "tried_buyer",
    Entity.metadata,
    Column("import_id", Uuid, ForeignKey("purchase_import.id"), primary_key=True),
    Column("key", Uuid, primary_key=True),
    comment="Whom the lines that a dry run has seen are about: an id, or a digest of who is unknown.",
)
