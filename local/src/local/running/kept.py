"""One program's life under the keeper: prepared, started, awaited, buried."""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from local.folder import Folder
from local.last_words import last_words
from local.ports import require_free
from local.problems import Problem
from local.processes import Identity
from local.running.journal import Entry, State
from local.running.programs import Program
from local.spawn import spawn

READY_WITHIN_SECONDS = 180
LOOK_EVERY_SECONDS = 0.1
CALM_SECONDS = 5
LONGEST_PAUSE_SECONDS = 15


class EndedWhileStarting(Problem):
    """It may go better next time, unlike other problems."""


def pause_seconds(ends: int) -> float:
    """None after a first end, then doubling: who crashes in a loop must not take the machine."""
    return 0 if ends <= 1 else min(0.1 * 2.0**ends, LONGEST_PAUSE_SECONDS)


async def ended(process: Identity) -> None:
    """Wait, without looking again and again, until a process is gone."""
    handle = process.handle()
    if handle is None:
        return
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    loop.add_reader(handle, end.set)
    try:
        await end.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


@dataclass
class Kept:
    """A program, and the process that it is at the moment."""

    program: Program
    entry: Entry
    folder: Folder
    tell: Callable[[], None]
    child: subprocess.Popen[bytes] | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ready_at: float = 0
    ends: int = 0

    async def run_once(self) -> None:
        """Until it ends; a process left by an earlier keeper is taken over as it is."""
        process = self.entry.process() or await self._begin()
        await self._until_ready(process)
        self.ready.set()
        self.ready_at = time.monotonic()
        self.note("ready")
        await ended(process)
        self._bury()

    def note(self, state: State, note: str = "") -> None:
        self.entry.state, self.entry.note, self.entry.since = state, note, time.time()
        self.tell()

    def end(self) -> int:
        """How often it has ended by now without a calm time in between."""
        calm = self.ready_at and time.monotonic() - self.ready_at > CALM_SECONDS
        self.ends = 1 if calm else self.ends + 1
        self.ready_at = 0
        return self.ends

    async def _begin(self) -> Identity:
        self.note("preparing")
        await asyncio.to_thread(self.program.prepare)
        if self.program.first and not self.ready.is_set():
            await self._run_first(self.program.first)
        self.child = spawn(
            self.program.command,
            log=self.folder.log(self.program.name),
            environment=self.program.environment or None,
            account=self.program.account(),
            reaching=self.program.reaching,
        )
        process = Identity.of(self.child.pid)
        if process is None:
            raise EndedWhileStarting(self._last_words("ended at once"))
        self.entry.pid, self.entry.ticks = process.pid, process.ticks
        self.note("starting")
        return process

    async def _run_first(self, command: list[str]) -> None:
        log = self.folder.log(self.program.name)
        child = spawn(command, log=log, environment=self.program.environment)
        try:
            if await asyncio.to_thread(child.wait) != 0:
                raise Problem(self._last_words(f"could not {command[-1]}"))
        finally:
            child.kill()

    async def _until_ready(self, process: Identity) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not await asyncio.to_thread(self.program.is_ready):
            self._bury()
            if not process.lives():
                raise EndedWhileStarting(self._last_words("ended while starting"))
            if time.monotonic() > deadline and not self.ready.is_set():
                raise Problem(self._last_words("is not ready in time"))
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _bury(self) -> None:
        if self.child:
            self.child.poll()

    def _last_words(self, happened: str) -> str:
        log = self.folder.log(self.program.name)
        said = f"{self.program.name} {happened}: {last_words(log)}."
        return " ".join(filter(None, [said, self._advice(), f"Its log is {log}."]))

    def _advice(self) -> str:
        try:
            if self.program.port and not self.entry.process():
                require_free(self.program.port, self.program.name)
        except Problem as taken:
            return str(taken)
        return self.program.advice
