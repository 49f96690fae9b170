"""The root of everything this service stores."""

from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import registry

import kit.models


class Entity(kit.models.Entity, registry=registry()):
    """A thing of the channel service."""


def one_of(column: str, names: type[StrEnum], *, of: str) -> CheckConstraint:
    """The rule that a column of the table `of` holds one of `names`."""
    listed = ", ".join(f"'{name.value}'" for name in names)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{of}_{column}_is_known")
