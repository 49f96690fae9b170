"""Which attributes there are, and what counts as a value of each."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from customer.entity import Entity
from kit.errors import InvalidInput

Scalar: TypeAlias = str | int | float | bool

LONGEST_TEXT: Final = 500
MOST_DIGITS: Final = 15
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
WHOLE: Final = re.compile(rf"[+-]?[0-9]{{1,{MOST_DIGITS}}}")
DECIMAL: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
DATE: Final = re.compile(r"(19|2[0-9])[0-9]{2}-[01][0-9]-[0-3][0-9]")
UNSTORABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
BOOLEANS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class AttributeType(StrEnum):
    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"


class AttributeDefinition(Entity, table=True):
    """An attribute that customers may have. Its type never changes."""

    __tablename__ = "attribute_definition"
    __table_args__ = (
        CheckConstraint(
            "type IN ('text', 'whole', 'decimal', 'boolean', 'date')", name="attribute_type_known"
        ),
    )

    name: str = Field(unique=True, sa_type=Text)
    type: AttributeType = Field(sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    declared_by: str = Field(sa_type=Text)
    personal: bool
    classified_by: str = Field(sa_type=Text)
    """Who said last whether it is personal."""


def is_personal_by_itself(kind: AttributeType) -> bool:
    """Where nobody says: texts and dates tell people apart, amounts and flags rarely do."""
    return kind in (AttributeType.TEXT, AttributeType.DATE)


def checked_name(name: str, field: str = "name") -> str:
    if not NAME.fullmatch(name):
        raise InvalidInput(field, "is up to 63 of a-z, 0-9 and _, beginning with a letter")
    return name


def read(kind: AttributeType, text: str) -> Scalar:
    """The value that `text` stands for; ValueError says what was expected."""
    value = READERS[kind](text)
    if value is None:
        raise ValueError(f"is not {SHAPES[kind]}")
    return value


def read_all(
    declared: Mapping[str, AttributeType], values: Mapping[str, str | None], field: str
) -> dict[str, Scalar | None]:
    """Each value by its declared type; None stays None. InvalidInput names the one that is wrong."""
    known: dict[str, Scalar | None] = {}
    for name, text in values.items():
        if name not in declared:
            raise InvalidInput(f"{field}.{name}", "is not declared")
        try:
            known[name] = None if text is None else read(declared[name], text)
        except ValueError as wrong:
            raise InvalidInput(f"{field}.{name}", str(wrong)) from wrong
    return known


def storable(text: str, longest: int = LONGEST_TEXT) -> bool:
    """Whether it can be kept and shown: not empty, no control characters, no lone surrogates."""
    return 0 < len(text) <= longest and not UNSTORABLE.search(text)


def as_text(value: object) -> str:
    """A value as a reader would write it: 12, 29.85, true, 2026-01-31."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(text: str) -> str | None:
    return text if storable(text) and not text.isspace() else None


def _whole(text: str) -> int | None:
    return int(text) if WHOLE.fullmatch(text) else None


def _decimal(text: str) -> float | None:
    """At most as many digits as a float keeps exactly."""
    digits = len(text.strip("+-").replace(".", "").lstrip("0"))
    return float(text) if DECIMAL.fullmatch(text) and digits <= MOST_DIGITS else None


def _boolean(text: str) -> bool | None:
    return BOOLEANS.get(text.lower())


def _date(text: str) -> str | None:
    if not DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


READERS: Final[Mapping[AttributeType, Callable[[str], Scalar | None]]] = {
    AttributeType.TEXT: _text,
    AttributeType.WHOLE: _whole,
    AttributeType.DECIMAL: _decimal,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.DATE: _date,
}
SHAPES: Final[Mapping[AttributeType, str]] = {
    AttributeType.TEXT: f"a text of 1 to {LONGEST_TEXT} printable characters, more than blanks",
    AttributeType.WHOLE: f"a whole number of at most {MOST_DIGITS} digits",
    AttributeType.DECIMAL: f"a number of at most {MOST_DIGITS} digits",
    AttributeType.BOOLEAN: "true or false",
    AttributeType.DATE: "a date such as 2026-01-31, of the years 1900 to 2999",
}
