"""Reasons that people give for what they do."""

from typing import Final

from customer.attributes.models import storable
from kit.errors import InvalidInput

LONGEST_REASON: Final = 1_000


def checked_reason(reason: str) -> str:
    """The reason, trimmed, or InvalidInput."""
    if not storable(reason.strip(), LONGEST_REASON):
        raise InvalidInput("reason", f"takes 1 to {LONGEST_REASON} printable characters")
    return reason.strip()
