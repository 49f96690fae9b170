"""Several processes that share one port: as many cores as there are, one file to talk to."""

import multiprocessing
import os
import shutil
import signal
import socket
import tempfile
import threading
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from time import monotonic
from typing import Final

import structlog

from gateway.observation.exposition import SHARED_FOLDER
from gateway.serving.server import serve
from gateway.settings import Settings
from kit import logs

logger = structlog.stdlib.get_logger(__name__)

CALM_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Serving:
    """A process that serves; `ready` is set once it takes requests."""

    process: SpawnProcess
    ready: Event
    started: float

    def serves(self) -> bool:
        return self.ready.is_set() and self.process.is_alive()


class Processes:
    """Starts them, replaces those that die, and passes on the signal to stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._port = listening(settings)
        self._running: list[Serving] = []
        self._due: list[float] = []
        self._early_ends = 0

    def run(self) -> int:
        """Until told to stop, or until one can't start while none serves; the exit code."""
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, lambda *_: self._stopping.set())
        for _ in range(self._settings.processes):
            self._start()
        hopeless = False
        while not hopeless and not self._stopping.wait(LOOK_SECONDS):
            hopeless = self._bury_dead()
            self._start_due()
        for each in self._running:
            each.process.terminate()
        for each in self._running:
            each.process.join()
        return 1 if hopeless else 0

    def _start(self) -> None:
        spawning = multiprocessing.get_context("spawn")
        ready = spawning.Event()
        process = spawning.Process(target=serve, args=(self._settings, self._port, ready))
        process.start()
        self._running.append(Serving(process, ready, monotonic()))

    def _bury_dead(self) -> bool:
        """Have each of them replaced; True where another would do no better than it."""
        dead = [each for each in self._running if not each.process.is_alive()]
        self._running = [each for each in self._running if each not in dead]
        for each in dead:
            early = monotonic() - each.started < CALM_SECONDS or not each.ready.is_set()
            self._early_ends = self._early_ends + 1 if early else 0
            self._due.append(monotonic() + pause_seconds(self._early_ends))
            exit_code, was_ready = each.process.exitcode, each.ready.is_set()
            logger.error(
                "a process died", pid=each.process.pid, exit_code=exit_code, was_ready=was_ready
            )
        never_ready = any(not each.ready.is_set() for each in dead)
        return never_ready and not any(each.serves() for each in self._running)

    def _start_due(self) -> None:
        due = [at for at in self._due if at <= monotonic()]
        self._due = [at for at in self._due if at not in due]
        for _ in due:
            self._start()


def pause_seconds(early_ends: int) -> float:
    """None at first, then doubling: who ends again and again must not take the machine."""
    return 0.0 if early_ends <= 1 else min(0.25 * 2.0**early_ends, LONGEST_PAUSE_SECONDS)


def listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    port = socket.socket(family, socket.SOCK_STREAM)
    port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port.bind((settings.host, settings.port))
    port.set_inheritable(True)
    return port


def serve_all(settings: Settings) -> int:
    """Serve in as many processes as the settings say; the exit code."""
    if settings.processes == 1:
        serve(settings)
        return 0
    logs.setup("gateway", settings.log_level)
    figures = tempfile.mkdtemp(prefix="gateway-figures-")
    os.environ[SHARED_FOLDER] = figures
    try:
        return Processes(settings).run()
    finally:
        shutil.rmtree(figures, ignore_errors=True)
