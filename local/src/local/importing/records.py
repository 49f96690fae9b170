"""Records of a file with the numbers of their lines; what is none becomes a reason, never an end."""

import codecs
import csv
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TypeAlias

import orjson

from kit.cells import plain

LONGEST_LINE: Final = 100_000
MOST_LINES_OF_A_RECORD: Final = 50
SHOWN: Final = 2_000
OPEN_QUOTE: Final = "unexpected end of data"


class Record(NamedTuple):
    """The values of a line, in the order of the columns."""

    line: int
    values: list[str | None]


class Unreadable(NamedTuple):
    """A line that is no record, and why."""

    line: int
    reason: str
    text: str


Read: TypeAlias = Record | Unreadable
Raw: TypeAlias = tuple[int, bytes]


class _Feed:
    """Raw lines in order; those that were looked at too early go back."""

    def __init__(self, file: BinaryIO) -> None:
        self.ahead = _lines(file)
        self.back: deque[Raw] = deque()

    def next(self) -> Raw | None:
        return self.back.popleft() if self.back else next(self.ahead, None)

    def put_back(self, lines: Sequence[Raw]) -> None:
        self.back.extendleft(reversed(lines))


def csv_records(path: Path, encoding: str, separator: str) -> Iterator[Read]:
    """Every record of a CSV file, its header too. A record may go over several lines."""
    with path.open("rb") as file:
        feed = _Feed(file)
        while (raw := feed.next()) is not None:
            text = _text(raw, encoding)
            if isinstance(text, Unreadable):
                yield text
            elif '"' in text:
                yield _quoted(raw[0], text, encoding, separator, feed)
            elif text and not text.isspace():
                yield Record(raw[0], [*text.rstrip("\r\n").split(separator)])


def plain_record(read: Read) -> Read:
    """The record with each cell as the text that was made safe in it."""
    if isinstance(read, Unreadable):
        return read
    return Record(read.line, [None if each is None else plain(each) for each in read.values])


def records_by_blanks(path: Path, encoding: str) -> Iterator[Read]:
    """Every record of a file whose columns are divided by any number of blanks."""
    yield from _one_by_one(path, encoding, lambda line, text: Record(line, [*text.split()]))


def json_records(
    path: Path, encoding: str, columns: Sequence[str], lists: Collection[str] = ()
) -> Iterator[Read]:
    """A record per JSON object, with the values of these keys; what it lacks is blank.

    A list or an object stands only in the columns `lists`.
    """

    def read(line: int, text: str) -> Read:
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError as wrong:
            return Unreadable(line, f"is not JSON: {wrong}"[:300], text[:SHOWN])
        if not isinstance(found, dict):
            return Unreadable(line, "is not a JSON object", text[:SHOWN])
        nested = [name for name in columns if isinstance(found.get(name), list | dict)]
        if textless := [name for name in nested if name not in lists]:
            return Unreadable(line, f"has no text in {', '.join(textless)}", text[:SHOWN])
        return Record(line, [as_text(found.get(column)) for column in columns])

    yield from _one_by_one(path, encoding, read)


def as_text(value: object) -> str | None:
    """A value as a column of CSV has it; lists and objects stay JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return format(Decimal(str(value)), "f")
    return orjson.dumps(value).decode()


def _one_by_one(path: Path, encoding: str, read: Callable[[int, str], Read]) -> Iterator[Read]:
    with path.open("rb") as file:
        for raw in _lines(file):
            text = _text(raw, encoding)
            if isinstance(text, Unreadable):
                yield text
            elif text and not text.isspace():
                yield read(raw[0], text)


def _lines(file: BinaryIO) -> Iterator[Raw]:
    """Numbered lines, of which one that is too long is kept only in part."""
    if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        file.seek(0)
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        yield number, raw
        while len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
            raw = file.readline(LONGEST_LINE + 1)


def _text(raw: Raw, encoding: str) -> str | Unreadable:
    number, line = raw
    if len(line) > LONGEST_LINE:
        reason = f"is longer than {LONGEST_LINE} bytes"
    elif b"\0" in line:
        reason = "holds a NUL byte"
    else:
        return line.decode(encoding)
    return Unreadable(number, reason, line[:SHOWN].decode(encoding, "replace").rstrip("\r\n"))


def _quoted(line: int, text: str, encoding: str, separator: str, feed: _Feed) -> Read:
    """A record with quotes; one that is not closed in time is one bad line, and reading goes on."""
    texts, taken = [text], list[Raw]()
    while True:
        try:
            return Record(line, [*next(csv.reader(texts, delimiter=separator, strict=True))])
        except csv.Error as wrong:
            reason = f"is not CSV: {wrong}"
        if OPEN_QUOTE not in reason:
            break
        reason = "opens a quote that is not closed"
        following = feed.next() if len(taken) < MOST_LINES_OF_A_RECORD else None
        if following is None:
            break
        taken.append(following)
        more = _text(following, encoding)
        if isinstance(more, Unreadable):
            break
        texts.append(more)
    feed.put_back(taken)
    return Unreadable(line, reason, text[:SHOWN].rstrip("\r\n"))
