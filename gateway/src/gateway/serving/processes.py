"""Several processes that share one port: as many cores as there are, one file to talk to."""

import multiprocessing
import os
import shutil
import signal
import socket
import tempfile
import threading
from multiprocessing.context import SpawnProcess
from time import monotonic
from typing import Final

import structlog

from gateway.observation.exposition import SHARED_FOLDER
from gateway.serving.server import serve
from gateway.settings import Settings
from kit import logs

logger = structlog.stdlib.get_logger(__name__)

STARTING_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.5


class Processes:
    """Starts them, replaces those that die, and passes on the signal to stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._port = listening(settings)
        self._running: dict[SpawnProcess, float] = {}

    def run(self) -> int:
        """Until told to stop, or until a process fails at once; the exit code."""
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, lambda *_: self._stopping.set())
        for _ in range(self._settings.processes):
            self._start()
        failed = False
        while not failed and not self._stopping.wait(LOOK_SECONDS):
            failed = self._replace_dead()
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.join()
        return 1 if failed else 0

    def _start(self) -> None:
        process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(self._settings, self._port)
        )
        process.start()
        self._running[process] = monotonic()

    def _replace_dead(self) -> bool:
        """True if a process died so soon that another would do no better."""
        for process, started in list(self._running.items()):
            if process.is_alive():
                continue
            del self._running[process]
            logger.error("a process died", pid=process.pid, exit_code=process.exitcode)
            if monotonic() - started < STARTING_SECONDS:
                return True
            self._start()
        return False


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
