"""A folder that lasts as long as whoever needs it: in memory where there is room, else on disk."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

MEMORY: Final = Path("/dev/shm")  # noqa: S108  # each folder in it is made for one alone
ROOM_BYTES: Final = 4 * 2**30
"""A server of the tests fills a tenth of it."""

_PREFIX: Final = "octoreach-"
_LOCK: Final = "held"


@contextmanager
def fleeting_folder(memory: Path = MEMORY) -> Iterator[Path]:
    """An empty folder, gone afterwards; one that a killed process left goes with the next."""
    _clear_away(memory)
    with tempfile.TemporaryDirectory(
        prefix=_PREFIX, dir=memory if _has_room(memory) else None, ignore_cleanup_errors=True
    ) as made:
        folder = Path(made)
        folder.chmod(0o755)
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder


def _has_room(memory: Path) -> bool:
    if not os.access(memory, os.W_OK):
        return False
    free = min(shutil.disk_usage(memory).free, psutil.virtual_memory().available)
    return free >= ROOM_BYTES


def _clear_away(memory: Path) -> None:
    for lock in memory.glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError), lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)
