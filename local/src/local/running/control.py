"""Starting and stopping the platform from outside: the lock, the keeper, what is left over."""

import fcntl
import os
import signal
import time

from local.folder import Folder, write_whole
from local.problems import Problem, unwritable
from local.running.journal import Journal
from local.running.plan import AUDIENCE, Plan
from local.running.programs import keeper_command
from local.running.stopping import stop_programs
from local.spawn import spawn
from local.tokens import Issuer

STOP_WITHIN_SECONDS = 60
LOOK_EVERY_SECONDS = 0.05


def take_lock(folder: Folder) -> int | None:
    """The lock's descriptor, or None while a keeper holds it."""
    try:
        lock = os.open(folder.lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(folder.path, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def is_running(folder: Folder) -> bool:
    if not folder.lock.exists():
        return False
    lock = take_lock(folder)
    if lock is None:
        return True
    os.close(lock)
    return False


def start(folder: Folder, plan: Plan) -> None:
    """Start the keeper, which starts the rest; returns at once."""
    if not hasattr(os, "pidfd_open"):
        raise Problem("The platform runs on Linux: use a Linux machine, a virtual one, or WSL.")
    folder.lay_out()
    lock = take_lock(folder)
    if lock is None:
        raise Problem(
            "The platform is running already: ./just status shows it, ./just down stops it."
        )
    try:
        folder.require_room()
        stop_programs(Journal.read(folder))
        plan.require_free_ports()
        plan.write(folder)
        write_whole(folder.public_keys, Issuer(folder, plan.issuer, AUDIENCE).public_keys())
        Journal(phase="starting").write(folder)
        folder.stopping.unlink(missing_ok=True)
        spawn([*keeper_command(folder), str(lock)], log=folder.log("keeper"), passing=[lock])
    except OSError as error:
        raise unwritable(folder.path, error) from error
    finally:
        os.close(lock)


def stop(folder: Folder) -> bool:
    """Stop whatever runs; False when nothing did."""
    journal = Journal.read(folder)
    if not is_running(folder) and not journal.processes():
        return False
    folder.stopping.touch()
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    while is_running(folder):
        # Again and again: a keeper that has only just been started is not in the journal yet.
        if keeper := Journal.read(folder).keeper():
            keeper.send(signal.SIGTERM)
        if time.monotonic() > deadline:
            raise Problem(
                f"The platform does not stop; its keeper's log is {folder.log('keeper')}."
            )
        time.sleep(LOOK_EVERY_SECONDS)
    left_over = Journal.read(folder)
    stop_programs(left_over)
    if left_over.phase != "failed":
        left_over.phase = "stopped"
    left_over.write(folder)
    return True
