"""Columns in this service's words."""

from typing import Any

from sqlalchemy import BigInteger, Text
from sqlmodel import Field


def long(**options: Any) -> Any:
    """A column for points or money in minor units: whole numbers of 64 bits."""
    return Field(sa_type=BigInteger, **options)


def words(**options: Any) -> Any:
    """A column for text of any length; the edge bounds it."""
    return Field(sa_type=Text, **options)


def one_of(column: str, *allowed: str) -> str:
    """The condition that `column` holds one of the words."""
    return f"{column} IN ({', '.join(repr(str(each)) for each in allowed)})"
