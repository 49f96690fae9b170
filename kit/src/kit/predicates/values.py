"""The types a fact may have, and what counts as a value of each.

Dates and moments are in the years 1900 to 2999; numbers in a rule have at most 15 digits, so that a
float and the decimal it prints as are never told apart.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

from kit.predicates.tree import Operator, Value

Day = TypeVar("Day", date, datetime)
Constant: TypeAlias = str | bool | int | Decimal | date | datetime

YEAR: Final = r"(?:19|2[0-9])[0-9]{2}"
DATE_PATTERN: Final = rf"^{YEAR}-[01][0-9]-[0-3][0-9]$"
MOMENT_PATTERN: Final = (
    rf"^{YEAR}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])$"
)
LONGEST_TEXT: Final = 500
MOST_DIGITS: Final = 15


class FactType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    SET_OF_TEXT = "set_of_text"


ORDERINGS: Final = (
    Operator.LESS_THAN,
    Operator.AT_MOST,
    Operator.MORE_THAN,
    Operator.AT_LEAST,
)
SAMENESS: Final = (Operator.EQUALS, Operator.DIFFERS)
OPERATORS: Final[dict[FactType, tuple[Operator, ...]]] = {
    FactType.TEXT: (*SAMENESS, Operator.ONE_OF, Operator.STARTS_WITH, Operator.IS_KNOWN),
    FactType.NUMBER: (*SAMENESS, *ORDERINGS, Operator.ONE_OF, Operator.IS_KNOWN),
    FactType.BOOLEAN: (*SAMENESS, Operator.IS_KNOWN),
    FactType.DATE: (*SAMENESS, *ORDERINGS, Operator.ONE_OF, Operator.IS_KNOWN),
    FactType.MOMENT: (*SAMENESS, *ORDERINGS, Operator.IS_KNOWN),
    FactType.SET_OF_TEXT: (Operator.CONTAINS, Operator.IS_KNOWN),
}
"""What can be asked of a fact of each type. Texts have no order: it would depend on a collation."""

SHAPES: Final[dict[FactType, str]] = {
    FactType.TEXT: f"a text of 1 to {LONGEST_TEXT} characters",
    FactType.NUMBER: f"a number of at most {MOST_DIGITS} digits",
    FactType.BOOLEAN: "true or false",
    FactType.DATE: 'a date such as "2026-01-31"',
    FactType.MOMENT: 'a moment such as "2026-01-31T09:30:00Z"',
    FactType.SET_OF_TEXT: f"a text of 1 to {LONGEST_TEXT} characters",
}


def constant(fact_type: FactType, value: Value) -> Constant:
    """The value a rule compares with, as its fact's type; ValueError when it is of another."""
    read: Constant | None = CONSTANTS[fact_type](value)
    if read is None:
        raise ValueError(f"is not {SHAPES[fact_type]}")
    return read


def _storable_text(value: Value) -> str | None:
    """PostgreSQL stores no NUL, and UTF-8 no lone surrogate."""
    fits = isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT and "\0" not in value
    if not fits or any("\ud800" <= character <= "\udfff" for character in str(value)):
        return None
    return str(value)


def _short_number(value: Value) -> int | Decimal | None:
    number = as_number(value)
    if number is None or len(Decimal(number).normalize().as_tuple().digits) > MOST_DIGITS:
        return None
    return number if -(10**MOST_DIGITS) < number < 10**MOST_DIGITS else None


def as_text(value: object) -> str | None:
    return value if type(value) is str else None


def as_number(value: object) -> int | Decimal | None:
    kind = type(value)
    if kind is int:
        return value  # type: ignore[return-value]  # `type` is faster than isinstance, and no bool
    if kind is float:
        value = Decimal(repr(value))
    return value if isinstance(value, Decimal) and value.is_finite() else None


def as_boolean(value: object) -> bool | None:
    return value if type(value) is bool else None


def as_date(value: object) -> date | None:
    if type(value) is date:
        return value
    if isinstance(value, str) and re.fullmatch(DATE_PATTERN, value):
        return _or_none(date.fromisoformat, value)
    return None


def as_moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else None
    if isinstance(value, str) and re.fullmatch(MOMENT_PATTERN, value):
        return _or_none(datetime.fromisoformat, value)
    return None


def as_set(value: object) -> object | None:
    return value if isinstance(value, set | frozenset | list | tuple) else None


def _or_none(read: Callable[[str], Day], text: str) -> Day | None:
    try:
        return read(text)
    except ValueError:
        return None


KNOWN: Final[dict[FactType, Callable[[object], Any]]] = {
    FactType.TEXT: as_text,
    FactType.NUMBER: as_number,
    FactType.BOOLEAN: as_boolean,
    FactType.DATE: as_date,
    FactType.MOMENT: as_moment,
    FactType.SET_OF_TEXT: as_set,
}
"""What is known when a fact reads so; None when it is of another type than declared."""

CONSTANTS: Final[dict[FactType, Callable[[Value], Any]]] = KNOWN | {
    FactType.TEXT: _storable_text,
    FactType.NUMBER: _short_number,
    FactType.SET_OF_TEXT: _storable_text,
}
