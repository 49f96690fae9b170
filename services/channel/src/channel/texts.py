"""Codes that programs use and texts that people write, within their bounds."""

import re

from kit.errors import InvalidInput

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def checked_code(code: str, field: str = "code") -> str:
    """`code` itself, or InvalidInput."""
    if not CODE.fullmatch(code):
        raise InvalidInput(field, "takes 1 to 40 of a-z, 0-9, - and _")
    return code


def checked_text(text: str, field: str, longest: int = 200) -> str:
    """`text` without blanks around it, or InvalidInput."""
    trimmed = text.strip()
    if not 0 < len(trimmed) <= longest or "\x00" in trimmed:
        raise InvalidInput(field, f"takes 1 to {longest} characters")
    return trimmed
