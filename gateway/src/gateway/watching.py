"""Files that are taken in anew when they change, while the gateway runs."""

from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 1.0

Seen = tuple[int, int, int]


def look(path: Path) -> Seen:
    """What differs once another file is there, or the same one with another content."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
