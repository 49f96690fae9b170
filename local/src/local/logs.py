"""What the programs log, together and as it is written."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from local.folder import Folder
from local.problems import Problem

LOOK_EVERY_SECONDS = 0.3
TAIL_BYTES = 1_000_000
_COLOURS = ("magenta", "cyan", "yellow", "green", "blue", "red")


class Tail:
    """The end of one file, and what is added to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.stem
        self._position = max(path.stat().st_size - TAIL_BYTES, 0)

    def new_lines(self) -> list[str]:
        if self.path.stat().st_size < self._position:
            self._position = 0
        with self.path.open("rb") as file:
            file.seek(self._position)
            whole = file.read().rpartition(b"\n")[0]
        self._position += len(whole) + 1 if whole else 0
        return whole.decode(errors="replace").splitlines()


def tails(folder: Folder, names: Sequence[str]) -> list[Tail]:
    there = sorted(path.stem for path in folder.logs.glob("*.log"))
    for name in names:
        if name not in there:
            raise Problem(f"Nothing logs as {name!r}. There are: {', '.join(there) or 'no logs'}.")
    return [Tail(folder.log(name)) for name in names or there]


def show(console: Console, chosen: Sequence[Tail], *, lines: int, follow: bool) -> None:
    for colour, tail in zip(_endless_colours(), chosen, strict=False):
        _print(console, tail.name, colour, tail.new_lines()[-lines:])
    while follow:
        time.sleep(LOOK_EVERY_SECONDS)
        for colour, tail in zip(_endless_colours(), chosen, strict=False):
            _print(console, tail.name, colour, tail.new_lines())


def _endless_colours() -> Iterator[str]:
    while True:
        yield from _COLOURS


def _print(console: Console, name: str, colour: str, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(Text.assemble((f"{name:<9} ", colour), line), soft_wrap=True)
