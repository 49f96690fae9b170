"""Reading purchases out of records, each line by itself."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

from channel.identifiers.naming import Identifier, from_abroad, normalised
from channel.imports.mapping import Places, PurchaseMapping

DIGITS = re.compile(r"[0-9]{1,7}")
AMOUNT = re.compile(r"([0-9]{1,11})(?:\.([0-9]+))?")
WITHOUT_DECIMALS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})
T = TypeVar("T")


class Purchase(NamedTuple):
    """One line of a file, understood."""

    line: int
    customer: Identifier
    placed_at: datetime
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """One line of a file that is wrong, where, and why."""

    line: int
    field: str
    reason: str


class _Wrong(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def read_purchases(
    mapping: PurchaseMapping, columns: list[str], first_line: int, records: Sequence[Sequence[str]]
) -> tuple[list[Purchase], list[RefusedLine]]:
    """The purchases in records, and the lines that are none."""
    places = mapping.places(columns)
    good: list[Purchase] = []
    bad: list[RefusedLine] = []
    for line, record in enumerate(records, start=first_line):
        try:
            good.append(_purchase(mapping, places, line, record))
        except _Wrong as wrong:
            bad.append(RefusedLine(line, wrong.field, wrong.reason))
    return good, bad


def _purchase(
    mapping: PurchaseMapping, places: Places, line: int, record: Sequence[str]
) -> Purchase:
    if len(record) != places.columns:
        raise _Wrong("", f"has {len(record)} columns where the header has {places.columns}")
    scheme = mapping.customer.scheme
    called = from_abroad(record[places.customer], mapping.customer.country_code)
    value = _read("customer", lambda: normalised(scheme, called))
    return Purchase(
        line=line,
        customer=Identifier(scheme, value),
        placed_at=_read("date", lambda: day(record[places.date].strip(), mapping.date.format)),
        quantity=_read("quantity", lambda: whole(record[places.quantity].strip())),
        amount_minor=_read(
            "amount", lambda: minor(record[places.amount].strip(), mapping.currency)
        ),
    )


def _read(field: str, reading: Callable[[], T]) -> T:
    try:
        return reading()
    except ValueError as wrong:
        raise _Wrong(field, str(wrong)) from wrong


@lru_cache(maxsize=4_096)
def day(text: str, form: str) -> datetime:
    """The beginning of a day, in UTC."""
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError as wrong:
        raise ValueError(f"{text[:40]!r} is not a date written as {form}") from wrong


def whole(text: str) -> int:
    if not DIGITS.fullmatch(text) or int(text) == 0:
        raise ValueError(f"{text[:40]!r} is not a whole number from 1 to 9999999")
    return int(text)


def minor(text: str, currency: str) -> int:
    """An amount in the currency's smallest unit, exactly."""
    match = AMOUNT.fullmatch(text)
    places = 0 if currency in WITHOUT_DECIMALS else 2
    if match is None or len(decimals := (match[2] or "").rstrip("0")) > places:
        raise ValueError(f"{text[:40]!r} is not an amount in {currency}")
    return int(match[1] + decimals.ljust(places, "0"))
