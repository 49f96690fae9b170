"""Starting programs: whose rights they have, where their output goes, how long they live."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local import launch
from local.problems import unwritable

LARGEST_LOG_BYTES = 50_000_000
_NOBODY = 65534
_ANYONE_MAY_PASS = 0o001


@dataclass(frozen=True)
class Account:
    """The user a program runs as when we are root and it refuses to be."""

    uid: int
    gid: int


def unprivileged_account(folder: Path) -> Account | None:
    """The folder's owner, or nobody; None when we are no root ourselves."""
    if os.geteuid() != 0:
        return None
    owner = folder.stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    with suppress(KeyError):
        nobody = pwd.getpwnam("nobody")
        return Account(nobody.pw_uid, nobody.pw_gid)
    return Account(_NOBODY, _NOBODY)


def _anyone_may_reach(path: Path) -> bool:
    return all(parent.stat().st_mode & _ANYONE_MAY_PASS for parent in path.resolve().parents)


def launched(
    command: Sequence[str], *, account: Account | None, reaching: Path, dies_with: int | None
) -> list[str]:
    """The command line that starts `command` with these rights and this life."""
    if account is None and dies_with is None:
        return list(command)
    reach = not (_anyone_may_reach(reaching) and _anyone_may_reach(Path(command[0])))
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    shim = [sys.executable, "-I", "-S", str(Path(launch.__file__))]
    return [*shim, str(uid), str(gid), str(int(reach)), str(dies_with or -1), *command]


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    account: Account | None = None,
    reaching: Path = Path("/"),
    dies_with: int | None = None,
    passing: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that a terminal's Ctrl-C does not reach it."""
    try:
        output = log.open("ab")
    except OSError as error:
        raise unwritable(log.parent, error) from error
    with output:
        return subprocess.Popen(  # noqa: S603  # the caller names the program
            launched(command, account=account, reaching=reaching, dies_with=dies_with),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment) if environment is not None else None,
            cwd="/",
            start_new_session=True,
            pass_fds=passing,
        )


def bound_log(log: Path, largest_bytes: int = LARGEST_LOG_BYTES) -> None:
    """Put a log that has grown large aside, in place of the one before; its writer goes on."""
    if log.stat().st_size > largest_bytes:
        with suppress(OSError):  # a full disk, perhaps: then what was logged is given up for room
            shutil.copyfile(log, log.with_suffix(".old"))
        os.truncate(log, 0)
