"""What is kept of each thing that happened."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import DateTime, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from customer.entity import Table
from kit.models import moment

PARTITIONS: Final = "timeline"
"""The schema that the months lie in."""


class TimelineEntry(Table, table=True):
    """One thing that happened, under the id the customer had then. Partitioned by month."""

    __tablename__ = "timeline_entry"
    __table_args__ = (
        Index("timeline_entry_by_age", "occurred_at", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )

    customer_id: UUID = Field(primary_key=True)
    occurred_at: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    details: list[list[str]] = Field(sa_type=JSONB)
    heard_at: datetime = moment()
