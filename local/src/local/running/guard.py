"""Watches the keeper, and starts it again when it ends though nobody asked for that.

Run by path with the standard library alone: it waits for a lock all day, in a few megabytes.
"""

import fcntl
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

_PAUSE_SECONDS = 0.5


def _bury_children() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    """`guard.py LOCK STOPPING LOG COMMAND...`; the keeper inherits the lock, and holds it."""
    lock_path, stopping, log, *command = sys.argv[1:]
    while True:
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        _bury_children()
        if Path(stopping).exists():
            return
        with Path(log).open("ab") as output:
            subprocess.Popen(  # noqa: S603  # our own command line
                [*command, str(lock)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[lock],
                start_new_session=True,
            )
        os.close(lock)
        time.sleep(_PAUSE_SECONDS)


if __name__ == "__main__":
    main()
