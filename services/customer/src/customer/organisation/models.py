"""Units that are registered."""

from sqlalchemy import Index, Text
from sqlmodel import Field

from customer.entity import Table


class KnownUnit(Table, table=True):
    """A unit that the channel service has in its tree."""

    __tablename__ = "known_unit"
    __table_args__ = (Index("known_unit_by_parent", "parent", "code"),)

    code: str = Field(primary_key=True, sa_type=Text)
    parent: str = Field(sa_type=Text)
    """Empty for headquarters."""
