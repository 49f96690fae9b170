"""What people write, within bounds: codes, words, numbers, currencies; InvalidInput otherwise."""

from typing import Final

from kit.currencies import CURRENCIES
from kit.errors import InvalidInput

CODE: Final = "Up to 64 of letters, digits, . _ and -."


def checked_code(code: str, field: str = "code") -> str:
    plain = code.replace("-", "").replace("_", "").replace(".", "")
    if not (0 < len(code) <= 64 and plain.isascii() and plain.isalnum()):
        raise InvalidInput(field, "is 1 to 64 of letters, digits, . _ and -")
    return code


def checked_words(words: str, field: str, most: int = 200, *, least: int = 1) -> str:
    """Blanks alone are no words."""
    if not least <= len(words.strip()) <= len(words) <= most or "\0" in words:
        raise InvalidInput(field, f"takes {least} to {most:,} characters")
    return words


def checked_between(number: int, field: str, least: int, most: int) -> int:
    if not least <= number <= most:
        raise InvalidInput(field, f"is between {least:,} and {most:,}")
    return int(number)


def checked_currency(currency: str, field: str = "currency") -> str:
    if currency not in CURRENCIES:
        raise InvalidInput(field, "is money of ISO 4217, such as CNY")
    return currency
