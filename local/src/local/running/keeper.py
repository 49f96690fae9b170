"""Starts the platform's programs, and starts each again whenever it ends."""

import asyncio
import logging
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from local.folder import Folder
from local.problems import Problem
from local.processes import Identity
from local.running import programs
from local.running.databases import create_databases
from local.running.journal import Entry, Journal, Phase
from local.running.kept import EndedWhileStarting, Kept, pause_seconds
from local.running.plan import SERVICES, Plan
from local.running.programs import Program
from local.running.stopping import stop_programs
from local.spawn import bound_log

_log = logging.getLogger(__name__)

LOOK_AT_FOLDER_SECONDS = 30
STARTS_BEFORE_GIVING_UP = 3


class Keeper:
    """One per folder: it holds the folder's lock as long as it lives."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.plan = Plan.read(folder)
        self.journal = Journal.read(folder)
        self.kept: dict[str, Kept] = {}
        # After the keeper itself was killed: whatever is down now must come back.
        self.never_gives_up = self.journal.phase == "ready"
        self.asked_to_stop = asyncio.Event()

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for asked in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(asked, self.asked_to_stop.set)
        self._introduce()
        work = asyncio.create_task(self._keep_everything())
        stop = asyncio.create_task(self.asked_to_stop.wait())
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        with suppress(FileNotFoundError):
            self.folder.stopping.touch()
        self.journal.problem = "the keeper failed: its log says why"
        try:
            self.journal.problem = await _problem_of(work)
        finally:
            self._enter("stopping")
            await asyncio.to_thread(stop_programs, self.journal)
            self._enter("failed" if self.journal.problem else "stopped")
        return 1 if self.journal.problem else 0

    def _introduce(self) -> None:
        me = Identity.of(os.getpid())
        self.journal.pid, self.journal.ticks = os.getpid(), me.ticks if me else 0
        self._enter("starting")

    def _enter(self, phase: Phase) -> None:
        self.journal.phase, self.journal.since = phase, time.time()
        self._tell()

    def _tell(self) -> None:
        """A full disk must not bring down what runs."""
        try:
            self.journal.write(self.folder)
        except OSError:
            _log.exception("the journal could not be written")

    async def _keep_everything(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            await self._start(tasks, [programs.guard_program(self.folder), *self._ground()])
            await self._create_databases()
            await self._start(tasks, self._platform())
            self._enter("ready")
            await self._look_after_folder()

    async def _look_after_folder(self) -> None:
        """Keep its logs within bounds; who throws the folder away wants no processes left."""
        while self.folder.path.exists():
            await asyncio.sleep(LOOK_AT_FOLDER_SECONDS)
            for log in self.folder.logs.glob("*.log"):
                await asyncio.to_thread(bound_log, log)
        self.asked_to_stop.set()

    async def _create_databases(self) -> None:
        while True:
            try:
                return await asyncio.to_thread(create_databases, self.folder, self.plan)
            except Problem:
                if not self.never_gives_up:
                    raise
            await asyncio.sleep(1)

    def _ground(self) -> list[Program]:
        """What the services stand on."""
        ground = [programs.desk_program(self.folder, self.plan)]
        if not self.plan.databases:
            ground.append(programs.postgres_program(self.folder, self.plan))
        if not self.plan.nats_url:
            ground.append(programs.nats_program(self.folder, self.plan))
        return ground

    def _platform(self) -> list[Program]:
        services = [programs.service_program(self.folder, self.plan, name) for name in SERVICES]
        return [*services, programs.gateway_program(self.folder, self.plan)]

    async def _start(self, tasks: asyncio.TaskGroup, started: list[Program]) -> None:
        for program in started:
            entry = self.journal.entries.setdefault(program.name, Entry(program.name))
            kept = self.kept[program.name] = Kept(program, entry, self.folder, self._tell)
            tasks.create_task(self._keep(kept))
        for program in started:
            await self.kept[program.name].ready.wait()

    async def _keep(self, kept: Kept) -> None:
        """A problem ends the first start of the platform; later ones are noted and tried again."""
        while True:
            note = "it ended"
            try:
                await kept.run_once()
            except Problem as problem:
                if self._gives_up(kept, problem):
                    raise
                note = str(problem)
            pause = pause_seconds(kept.end())
            kept.entry.restarts += 1
            kept.note("restarting", note)
            await asyncio.sleep(pause)

    def _gives_up(self, kept: Kept, problem: Problem) -> bool:
        if self.never_gives_up or self.journal.phase == "ready":
            return False
        tries = kept.ends + 1
        return not isinstance(problem, EndedWhileStarting) or tries >= STARTS_BEFORE_GIVING_UP


async def _problem_of(work: asyncio.Task[None]) -> str:
    """Why it could not go on; a bug goes on to be a traceback in the keeper's log."""
    work.cancel()
    await asyncio.wait({work})
    error = None if work.cancelled() else work.exception()
    if not isinstance(error, BaseExceptionGroup):
        return ""
    problems, bugs = error.split(Problem)
    if bugs or not problems:
        raise error
    return str(problems.exceptions[0])


def main() -> int:
    """`keeper FOLDER LOCK`: LOCK is the descriptor of the folder's lock, held until we end."""
    return asyncio.run(Keeper(Folder(Path(sys.argv[1]))).run())


if __name__ == "__main__":
    sys.exit(main())
