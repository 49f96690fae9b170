"""Accesses, which nobody can change, and the seals that tell if somebody did."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from customer.entity import Table
from kit.models import moment


class Access(Table, table=True):
    """Somebody saw these fields of a customer: never changed, and not deleted within a year."""

    __tablename__ = "access"
    __table_args__ = (
        Index("access_by_customer", "customer_id", "id"),
        Index("access_by_age", "at", postgresql_using="brin"),
    )

    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=DateTime(timezone=True))
    customer_id: UUID
    by: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    fields: list[str] = Field(sa_type=ARRAY(Text))
    whole: bool


class AccessSeal(Table, table=True):
    """A link of the chain: the digest of all accesses of a span of time and of the seal before."""

    __tablename__ = "access_seal"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    since: datetime = moment()
    until: datetime = moment()
    accesses: int
    digest: str = Field(sa_type=Text)
