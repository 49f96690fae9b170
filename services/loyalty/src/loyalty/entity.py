"""What every stored thing of this service has, in a registry of its own."""

from sqlalchemy import Table
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

import kit.models

_registry = registry()


class Entity(kit.models.Entity, registry=_registry):
    """A thing with an identity that the loyalty service keeps."""


class Row(SQLModel, registry=_registry):
    """Something that is known by what it belongs to."""


metadata = _registry.metadata


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements over many rows."""
    return metadata.tables[str(model.__tablename__)]
