"""Become another program: as a user without rights, and not outliving whoever started it.

Run by path with the standard library alone, so that it costs a few milliseconds.
"""

import ctypes
import os
import signal
import struct
import sys
from typing import Final

_SET_PARENT_DEATH_SIGNAL: Final = 1
_SET_SECURE_BITS: Final = 28
_AMBIENT: Final = 47
_AMBIENT_RAISE: Final = 2
_KEEP_CAPABILITIES_ACROSS_SETUID: Final = 1 << 2
_READ_AND_WRITE_ANYWHERE: Final = 1
_CAPABILITY_VERSION: Final = 0x20080522


def _prctl(*arguments: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    padded = [*arguments, *[0] * (5 - len(arguments))]
    return bool(libc.prctl(*(ctypes.c_ulong(value) for value in padded)) == 0)


def _keep_only(capability: int) -> None:
    """Without it a program of another user cannot reach a checkout below a private folder."""
    libc = ctypes.CDLL(None, use_errno=True)
    mask = 1 << capability
    header = struct.pack("Ii", _CAPABILITY_VERSION, 0)
    libc.capset(header, struct.pack("IIIIII", mask, mask, mask, 0, 0, 0))
    _prctl(_AMBIENT, _AMBIENT_RAISE, capability)


def give_up_root(uid: int, gid: int, *, reach_private_folders: bool) -> None:
    kept = reach_private_folders and _prctl(_SET_SECURE_BITS, _KEEP_CAPABILITIES_ACROSS_SETUID)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if kept:
        _keep_only(_READ_AND_WRITE_ANYWHERE)


def die_with(parent: int) -> None:
    _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the process that wanted this program is gone")


def main() -> None:
    """`launch.py UID GID REACH PARENT PROGRAM...`, where a UID or PARENT of -1 means: leave it."""
    uid, gid, reach, parent = (int(value) for value in sys.argv[1:5])
    if uid >= 0:
        give_up_root(uid, gid, reach_private_folders=bool(reach))
    if parent >= 0:
        die_with(parent)
    os.execv(sys.argv[5], sys.argv[5:])  # noqa: S606  # the caller names the program


if __name__ == "__main__":
    main()
