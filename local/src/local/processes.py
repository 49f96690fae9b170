"""Processes that need not be our children: known again, waited for, ended."""

import os
import select
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_STATE, _START_TICKS = 0, 19


@dataclass(frozen=True)
class Identity:
    """A process for ever: its number may be given to another, its moment of start with it not."""

    pid: int
    ticks: int

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """None when no such process lives; a zombie does not."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[_STATE] in "ZX" else cls(pid, int(fields[_START_TICKS]))

    def lives(self) -> bool:
        return Identity.of(self.pid) == self

    def handle(self) -> int | None:
        """A descriptor that becomes readable when the process ends; None when it has."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return None
        if self.lives():
            return descriptor
        os.close(descriptor)
        return None

    def send(self, sent: signal.Signals) -> None:
        descriptor = self.handle()
        if descriptor is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, sent)
            os.close(descriptor)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within this time."""
        descriptor = self.handle()
        if descriptor is None:
            return True
        try:
            return bool(select.select([descriptor], [], [], max(seconds, 0))[0])
        finally:
            os.close(descriptor)


def end_all(
    processes: Iterable[Identity], *, politely: signal.Signals, within_seconds: float
) -> None:
    """Ask all of them at once, and kill those who have not ended in time."""
    asked = list(processes)
    for process in asked:
        process.send(politely)
    deadline = time.monotonic() + within_seconds
    for process in asked:
        if not process.wait(deadline - time.monotonic()):
            process.send(signal.SIGKILL)
            process.wait(within_seconds)
