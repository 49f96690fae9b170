"""What the keeper knows of its programs, written down for those who look or come after it."""

import json
import time
from dataclasses import asdict, dataclass, field
from typing import Literal, Self

from local.folder import Folder, write_whole
from local.processes import Identity

State = Literal["waiting", "preparing", "starting", "ready", "restarting", "stopped"]
Phase = Literal["starting", "ready", "stopping", "failed", "stopped"]


@dataclass
class Entry:
    """One program: which process it is now, how it fares, how often it was started again."""

    name: str
    state: State = "waiting"
    pid: int = 0
    ticks: int = 0
    since: float = 0
    restarts: int = 0
    note: str = ""

    def process(self) -> Identity | None:
        """The process, if it still lives."""
        return _living(self.pid, self.ticks)


@dataclass
class Journal:
    """The whole platform at a moment."""

    phase: Phase = "stopped"
    problem: str = ""
    pid: int = 0
    ticks: int = 0
    since: float = 0
    entries: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Folder) -> Self:
        """Empty when nothing was ever started, or when what is written makes no sense."""
        try:
            content = json.loads(folder.journal.read_text())
            entries = {name: Entry(**entry) for name, entry in content.pop("entries").items()}
            return cls(**content, entries=entries)
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return cls()

    def write(self, folder: Folder) -> None:
        write_whole(folder.journal, asdict(self))

    def keeper(self) -> Identity | None:
        return _living(self.pid, self.ticks)

    def note(self, name: str, state: State, note: str = "") -> None:
        entry = self.entries[name]
        entry.state, entry.note, entry.since = state, note, time.time()

    def processes(self) -> list[Identity]:
        return [process for entry in self.entries.values() if (process := entry.process())]


def _living(pid: int, ticks: int) -> Identity | None:
    process = Identity(pid, ticks)
    return process if pid and process.lives() else None
