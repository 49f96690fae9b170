"""Accesses, which nobody can change, and the seals that tell if somebody did."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from customer.entity import Table
from kit.models import moment

HERE: Final = "customer"
PARTITIONS: Final = "accesses"
"""The schema that the months lie in."""


class Access(Table, table=True):
    """Somebody saw these fields of a customer: never changed, not deleted within a year.

    Partitioned by month.
    """

    __tablename__ = "access"
    __table_args__ = (
        CheckConstraint(
            f"(service = '{HERE}') = (seen_at IS NULL)", name="what_was_seen_elsewhere_says_when"
        ),
        Index("access_by_customer", "customer_id", "at", "id"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    at: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    """When it was noted here: what is sealed and kept goes by that."""
    id: UUID = Field(primary_key=True)
    customer_id: UUID
    by: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    fields: list[str] = Field(sa_type=ARRAY(Text))
    whole: bool
    service: str = Field(default=HERE, sa_type=Text)
    seen_at: datetime | None = moment(default=None, nullable=True)
    """When it was seen at another service, which told of it; None: here."""


class AccessSeal(Table, table=True):
    """A link of the chain: the digest of all accesses of a span of time and of the seal before."""

    __tablename__ = "access_seal"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    since: datetime = moment()
    until: datetime = moment()
    accesses: int
    digest: str = Field(sa_type=Text)
