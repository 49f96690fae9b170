"""Amounts that people write, within bounds."""

from typing import Final

from kit.written import checked_between

MOST_MINOR: Final = 10**12


def checked_minor(amount: int, field: str) -> int:
    return checked_between(amount, field, 0, MOST_MINOR)
