"""What of a document may be kept where nobody's data belong: all of it but the values in it."""

import re
from functools import lru_cache
from typing import Final

VALUES: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'  # a block of text
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![\w$.#])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
)


@lru_cache(maxsize=1024)
def without_values(document: str) -> str:
    """The document with its texts empty and its numbers 0: they may be somebody's."""
    return VALUES.sub(lambda found: '""' if found[0].startswith('"') else "0", document)
