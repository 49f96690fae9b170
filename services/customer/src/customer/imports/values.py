"""Reading the value of an attribute from a column."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from customer.attributes.models import Scalar, read
from customer.imports.lines import Unusable
from customer.imports.mapping import MappedAttribute

MOST_REMEMBERED: Final = 1_000


def reader_of(mapped: MappedAttribute) -> Callable[[str], Scalar | None]:
    """Reads a column; what it has read before it knows, as most columns say a few things only."""
    known: dict[str, Scalar | None] = {}

    def read_in(text: str) -> Scalar | None:
        if text in known:
            return known[text]
        value = _value(mapped, text)
        if len(known) < MOST_REMEMBERED:
            known[text] = value
        return value

    return read_in


def _value(mapped: MappedAttribute, text: str) -> Scalar | None:
    """The value, or None for a blank that may be."""
    if not text:
        if mapped.blank == "reject":
            raise Unusable(mapped.column, "is blank")
        return None
    if mapped.values is not None:
        if text not in mapped.values:
            raise Unusable(mapped.column, f"{text[:40]!r} is not mapped to a value")
        text = mapped.values[text]
    try:
        return read(mapped.type, _date(text, mapped.format) if mapped.format else text)
    except ValueError as wrong:
        raise Unusable(mapped.column, f"{text[:40]!r} {wrong}") from wrong


def _date(text: str, form: str) -> str:
    try:
        return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007
    except ValueError as wrong:
        raise ValueError(f"is not a date such as {form}") from wrong
