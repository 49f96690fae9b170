"""How often somebody asked lately."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from customer.entity import Table
from kit.models import moment


class PageBucket(Table, table=True):
    """What is left to somebody who asks, by a digest of who it is.

    It is not logged: after a crash everybody begins anew.
    """

    __tablename__ = "page_bucket"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012  # as SQLModel wants it

    key: UUID = Field(primary_key=True)
    tokens: float
    at: datetime = moment()
