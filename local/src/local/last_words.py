"""What a program that ended said last, of what a person can use."""

import json
import os
import re
from pathlib import Path

TAIL_BYTES = 64_000
LONGEST = 300
_COMPLAINT = re.compile(
    r'FATAL|PANIC|\[FTL\]|\[ERR\]|[a-z]: error: |Error\b|"level":"(error|critical)"'
)
_BEFORE_IT = re.compile(r"^.*?(?:FATAL:|PANIC:|\[FTL\]|\[ERR\]|: error:)\s*")
_SAYS_NOTHING = re.compile("Application startup failed|Traceback")


def last_words(log: Path) -> str:
    """The newest complaint, else the newest line."""
    said = [line for line in map(_plain, _tail(log)) if line]
    complaints = [_plain(line) for line in _tail(log) if _COMPLAINT.search(line)]
    useful = [line for line in complaints or said if not _SAYS_NOTHING.search(line)]
    return (useful or ["it said nothing"])[-1][:LONGEST].rstrip(".")


def _tail(log: Path) -> list[str]:
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(-min(TAIL_BYTES, os.fstat(file.fileno()).st_size), os.SEEK_END)
        return file.read().decode(errors="replace").splitlines()


def _plain(line: str) -> str:
    """Our own programs log JSON; PostgreSQL and NATS put time and process before the message."""
    try:
        entry = json.loads(line)
    except ValueError:
        return _BEFORE_IT.sub("", line).strip()
    return str(entry.get("event", line)) if isinstance(entry, dict) else line
