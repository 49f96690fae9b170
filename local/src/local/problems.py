"""What stops the local platform, said in one line that tells what to do."""

import errno
from pathlib import Path


class Problem(Exception):
    """A person can read it and act on it; it is printed without a traceback."""


_REASONS = {
    errno.EACCES: "is not writable: give yourself the right to write there, or use another folder",
    errno.EPERM: "is not writable: give yourself the right to write there, or use another folder",
    errno.EROFS: "is on a read-only disk: use another folder",
    errno.ENOSPC: "is on a full disk: make room and try again",
    errno.EDQUOT: "has used up your disk quota: make room and try again",
}


def unwritable(folder: Path, error: OSError) -> Problem:
    reason = _REASONS.get(error.errno or 0, f"cannot be used: {error.strerror}")
    return Problem(f"{folder} {reason}.")
