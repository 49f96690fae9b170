"""What every table of this service derives from: one registry, one set of tables."""

import sqlalchemy
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

import kit.models

tables = registry()


class Table(SQLModel, registry=tables):
    """A table whose key is not an identity of its own."""


class Entity(kit.models.Entity, registry=tables):
    """A thing of this service with an identity."""


def table_of(model: type[SQLModel]) -> sqlalchemy.Table:
    """The table behind a model, for statements over many rows."""
    return tables.metadata.tables[str(model.__tablename__)]
