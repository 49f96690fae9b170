"""The root of everything this service stores."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Table, inspect
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

import kit.models


class Entity(kit.models.Entity, registry=registry()):
    """A thing of the channel service."""


def table_of(entity: type[SQLModel]) -> Table:
    """The table of an entity: statements on it cost half of those on the entity."""
    table = inspect(entity).local_table
    if not isinstance(table, Table):
        raise TypeError(f"{entity.__name__} has no table")
    return table


def one_of(column: str, names: type[StrEnum], *, of: str) -> CheckConstraint:
    """The rule that a column of the table `of` holds one of `names`."""
    listed = ", ".join(f"'{name.value}'" for name in names)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{of}_{column}_is_known")
