"""Months in UTC, such as 2026-01, and as numbers that can be counted with."""

import re
from datetime import datetime
from typing import Final

from kit.errors import InvalidInput

MONTH: Final = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
MOST: Final = 36


def number_of(month: str) -> int:
    """2026-01 as a number; the next month's is one more."""
    year, _, rest = month.partition("-")
    return int(year) * 12 + int(rest) - 1


def named(month: int) -> str:
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def begin_of(month: str) -> datetime:
    """Its first moment, in UTC."""
    return datetime.fromisoformat(f"{month}-01T00:00:00+00:00")


def month_of(at: datetime) -> str:
    return f"{at:%Y-%m}"


def checked_span(since: str, until: str) -> None:
    """InvalidInput unless they are months, in their order, and at most three years of them."""
    for field, month in (("since", since), ("until", until)):
        if not MONTH.fullmatch(month):
            raise InvalidInput(field, "is a month such as 2026-01")
    if not 0 <= number_of(until) - number_of(since) < MOST:
        raise InvalidInput("until", f"is since or later, at most {MOST} months in all")
