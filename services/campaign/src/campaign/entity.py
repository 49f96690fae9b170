"""The root of everything this service stores, and its kinds of columns."""

from typing import Any

from sqlalchemy import BigInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field

import kit.models


class Entity(kit.models.Entity, registry=registry()):
    """A thing of the campaign service."""


def table_of(model: type[Entity]) -> Table:
    """The table itself, for statements over many rows."""
    return Entity.metadata.tables[str(model.__tablename__)]


def words(**options: Any) -> Any:
    """A column for text of any length; the edge bounds it."""
    return Field(sa_type=Text, **options)


def texts(**options: Any) -> Any:
    """A column for a list of texts."""
    return Field(sa_type=ARRAY(Text), **options)


def document(**options: Any) -> Any:
    """A column for a JSON document; None is stored as NULL."""
    return Field(sa_type=JSONB(none_as_null=True), **options)


def long(**options: Any) -> Any:
    """A column for whole numbers of 64 bits: money in minor units, points, counts."""
    return Field(sa_type=BigInteger, **options)


def one_of(column: str, allowed: Any) -> str:
    """The condition that `column` holds one of the words."""
    return f"{column} IN ({', '.join(repr(str(each)) for each in allowed)})"
