"""Texts that people write, within their bounds."""

import re
from typing import Final

from kit.errors import InvalidInput

UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def checked_text(text: str, field: str, longest: int) -> str:
    """`text` without blanks around it and with plain line breaks, or InvalidInput."""
    trimmed = text.replace("\r\n", "\n").strip()
    if not 0 < len(trimmed) <= longest or UNSTORABLE.search(trimmed):
        raise InvalidInput(field, f"takes 1 to {longest} printable characters")
    return trimmed
