"""Ports on this machine: which are free, and who holds one that is not."""

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from local.problems import Problem

HOST = "127.0.0.1"
BELOW_CLIENTS = range(10_000, 20_000)
"""Systems give clients ports from 32768 on: one of those may be taken before it is listened to."""
HUNDREDS = range(20_000, 32_000, 100)


def free_port() -> int:
    while True:
        port = random.SystemRandom().choice(BELOW_CLIENTS)
        if is_free(port):
            return port


@contextmanager
def own_ports(number: int) -> Iterator[int]:
    """The first of a row of free ports below 32768, of at most a hundred.

    Who else asks here gets others until the block ends, however late they are listened to.
    """
    locks = Path(tempfile.gettempdir(), f"own-ports-{os.getuid()}")
    locks.mkdir(exist_ok=True)
    while True:
        first = random.SystemRandom().choice(HUNDREDS)
        with (locks / str(first)).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if all(is_free(first + offset) for offset in range(number)):
                yield first
                return


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _holder(port: int) -> str:
    """Empty where the system does not let us see whose it is."""
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN
            if listens and connection.pid and connection.laddr[1:] == (port,):
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return ""
    return ""


def require_free(port: int, wanted_by: str) -> None:
    if not is_free(port):
        raise Problem(
            f"Port {port}, wanted by {wanted_by}, is taken{_holder(port)}: "
            "stop that program, or choose other ports with --port-base."
        )
