"""A server of somebody else's, run as a child of this process on a data folder of its own."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from local.last_words import last_words
from local.ports import free_port
from local.problems import Problem
from local.spawn import Account, spawn


class Server(ABC):
    """A context manager that starts and stops it.

    `mortal` servers die with the process that started them, however it ends.
    """

    name: ClassVar[str]

    def __init__(self, folder: Path, port: int | None, log: Path | None, *, mortal: bool) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.log = log or folder.with_name(folder.name + ".log")
        self.mortal = mortal
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """What starts it."""

    @abstractmethod
    def prepare(self) -> None:
        """Have all there that it needs to start."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers."""

    @abstractmethod
    def farewell(self) -> signal.Signals:
        """What it is stopped by."""

    def account(self) -> Account | None:
        """Who it runs as; None for whoever starts it."""
        return None

    def start(self, *, within_seconds: float = 120) -> Self:
        self.prepare()
        self._process = spawn(
            self.command(),
            log=self.log,
            account=self.account(),
            reaching=self.folder,
            dies_with=os.getpid() if self.mortal else None,
        )
        self._wait_until_ready(self._process, time.monotonic() + within_seconds)
        return self

    def stop(self) -> None:
        self._end(self.farewell())

    def kill(self) -> None:
        """As `kill -9` would; what it said was on disk is there after the next start."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def is_ready_as(self, pid: int) -> bool:
        """Whether what answers is this process, and not another in its place."""
        return self.is_ready()

    def _wait_until_ready(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        while not self.is_ready_as(process.pid):
            if process.poll() is not None:
                raise Problem(f"{self.name} ended while starting: {last_words(self.log)}.")
            if time.monotonic() > deadline:
                process.kill()
                raise Problem(f"{self.name} did not start in time; its log is {self.log}.")
            time.sleep(0.02)

    def _end(self, by: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(by)
            self._process.wait()
        self._process = None
